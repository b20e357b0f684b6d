import type { Batch } from '../log/batch';
import type { Position } from '../log/cursor';
import type { Group } from './group';
import type { Joining } from './joining';
import { encodeApart } from './left-out';

/**
 * Encodes a batch for a connection that reads on by itself. Clients at the same place share the
 * bytes, but for one that a message leaves out.
 *
 * @param joining joins neighbouring messages. Absent on most routes.
 */
export function encodeCatchUp(
  { format, tags, host }: Group,
  from: readonly Position[],
  batch: Batch,
  reader: object,
  joining: Joining | undefined,
): Uint8Array {
  const id = batch.excepts && host.connections.nameOf(reader);
  if (id !== undefined && batch.excepts?.has(id)) return encodeApart(format, batch, id, from, tags).bytes;
  const name = joining ? `${format.name} ${joining.name}` : format.name;
  const encode = () => format.batch(joining ? joining.join(batch) : batch, from, tags);
  return host.catchUpCache.getOrEncode(name, tags, from, batch, encode);
}

import type { PartBytes } from '../delivery/part-bytes';
import type { Chunk } from '../encoders/chunk';
import type { Encoder } from '../encoders/encoder';
import type { Batch } from '../log/batch';

/**
 * Encodes a part of a snapshot, after the gap that it stands for.
 *
 * @param shared the cache for messages that other clients get too. Absent for those of one client.
 */
export function encodePart(encoder: Encoder, { gap, ...batch }: Batch, shared?: PartBytes): Chunk[] {
  const { messages } = batch;
  const encode = () => encoder.batch(batch);
  const told = gap ? [encoder.batch({ ...batch, gap, messages: [], cursors: [] })] : [];
  if (messages.length === 0) return told;
  return [...told, shared ? shared.getOrEncode(messages, encoder.name, encode) : encode()];
}

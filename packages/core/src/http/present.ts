import { checkOptions } from '../checks/check-options';
import { misuse } from '../checks/errors';
import { shortKey } from '../clients/short-key';
import type { PublicConnection } from '../delivery/public-connection';
import { type AnyEvents, Channel, engineOf } from '../hub/channel';
import type { Engine } from '../hub/engine';
import { checkPresenceName } from '../hub/names';
import { Presence, prepareJoin } from '../hub/presence';

/** A member of a presence that a client is. */
export interface Present {
  /** A presence of the hub or its name, or the channel that has its name. */
  channel: string | Channel<AnyEvents> | Presence;
  /** All connections with the same id are one member. 1 to 255 characters. */
  id: string;
  /** The data that others see of the member. JSON must be able to hold it. Defaults to `null`. */
  data?: unknown;
}

/** The return value of a route's `presence`. */
export type Presents = Present | readonly Present[] | null | undefined;

const wanted = 'an object with channel and id, an array of them, or nothing';

/**
 * Adds a client's connection to members of presences.
 *
 * @returns a function that takes it away from all of them.
 * @throws TypeError for a value that names no member.
 */
export function attend(engine: Engine, given: unknown, connection: PublicConnection): () => void {
  // All are checked first, so that others do not see someone come and go.
  const joins = listOf(given).map((present) => {
    const { channel, id, data } = checkOptions<Present>('presence', present, presentChecks);
    const join = prepareJoin(presenceOf(engine, channel), id as string, data);
    return [join, () => nameClient(engine, id as string, connection)];
  });
  const leaves = joins.flat().map((join) => join());
  return () => {
    for (const leave of leaves) leave();
  };
}

/** Lets `hub.clients(id)` find the connection. The client was allowed when it was opened. */
function nameClient({ clients }: Engine, id: string, connection: PublicConnection): () => void {
  const key = shortKey(id);
  clients.add(key, connection, connection.since);
  return () => clients.remove(key, connection);
}

const anything = () => undefined;
const presentChecks = { channel: anything, id: anything, data: anything };

function listOf(given: unknown): readonly Present[] {
  if (given === undefined || given === null) return [];
  if (typeof given !== 'object') throw misuse('what presence returns', wanted, given);
  return Array.isArray(given) ? given : [given as Present];
}

function presenceOf(engine: Engine, channel: unknown): Presence {
  if (channel instanceof Presence) return channel;
  if (channel instanceof Channel) return new Presence(engineOf(channel), channel.name);
  checkPresenceName(channel);
  return new Presence(engine, channel);
}

import type { Check } from '../checks/check-options';
import { type Position, parseCursor } from './cursor';

/** Options of a write to a channel that say when it is done. */
export interface WriteOptions {
  /**
   * A name for this call, of 1 to 256 characters. While the channel remembers it, another call with
   * the same name does nothing, and gives the ids of the first one. So a call that was retried is
   * one message. A channel remembers 1000 names for 10 minutes, unless the hub's `log` option says
   * otherwise. No default.
   */
  idempotencyKey?: string | undefined;
  /**
   * The id of a message, or one that `head()` gave. The call rejects with `head-moved` if it is not
   * the newest one. No default.
   */
  after?: string | undefined;
}

/** {@link WriteOptions}, as a log takes them. */
export interface WriteConditions {
  readonly key: string | undefined;
  readonly after: Position | undefined;
}

const aKey: Check = (value) =>
  typeof value === 'string' && value.length > 0 && value.length <= 256 && !/\p{Surrogate}/u.test(value)
    ? undefined
    : 'a string of 1 to 256 characters without lone surrogates';

const anId: Check = (value) =>
  typeof value === 'string' && positionIn(value) !== undefined ? undefined : 'the id of a message of a channel';

export const writeOptionChecks = { idempotencyKey: aKey, after: anId };

/** Returns `undefined` for options that set no condition. */
export function conditionsOf(options: WriteOptions | undefined): WriteConditions | undefined {
  if (options === undefined) return undefined;
  const { idempotencyKey: key, after } = options;
  if (key === undefined && after === undefined) return undefined;
  return { key, after: after === undefined ? undefined : positionIn(after) };
}

/** Reads an id of one channel. `undefined` for a text that never was one. */
export function positionIn(id: string): Position | undefined {
  const cursor = parseCursor(id);
  return typeof cursor !== 'string' && 'length' in cursor && cursor.length === 1 ? cursor[0] : undefined;
}

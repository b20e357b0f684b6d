import { type Check, checkOptions, integer } from '../checks/check-options';
import { type Cursor, type Position, parseCursor } from '../log/cursor';
import type { Log } from '../log/log';
import { startPositions } from '../log/start-positions';

/** Options of `channel.read()`. */
export interface ReadOptions {
  /**
   * The place where reading starts:
   *
   * - `'now'`: with the next message after reading has begun.
   * - `'oldest'`: with the oldest message that is kept.
   * - `{ last: n }`: with the last `n` messages, as far as they are kept.
   * - an id, such as one of a message, of `head()` or of `lastEventId`: after that message. An id
   *   of something else is a gap, followed by the oldest message that is kept.
   *
   * Defaults to `'now'`.
   */
  from?: 'now' | 'oldest' | { readonly last: number } | (string & {}) | undefined;
  /** Ends the loop, which throws the signal's reason. No default. */
  signal?: AbortSignal | undefined;
}

const count = integer(0, { infinity: true });

const checkFrom: Check = (value) => {
  const wanted = "'now', 'oldest', { last: n } or an id";
  if (typeof value === 'string') return undefined;
  if (typeof value !== 'object' || value === null || Object.keys(value).join() !== 'last') return wanted;
  const wantedCount = count((value as { last: unknown }).last);
  return wantedCount && `${wanted}, with ${wantedCount} as n`;
};

const checkSignal: Check = (value) =>
  typeof value === 'object' && value !== null && 'aborted' in value && 'addEventListener' in value
    ? undefined
    : 'an AbortSignal';

const isStart = (from: string): from is 'now' | 'oldest' => from === 'now' || from === 'oldest';

/** Where a reader starts, and what may end it. */
export interface ReadSettings {
  readonly cursor: Cursor;
  /** The most messages before the head with which it starts. */
  readonly last: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** @throws TypeError for an option that does not fit. */
export function readSettings(options: ReadOptions | undefined): ReadSettings {
  const { from = 'now', signal } = checkOptions<ReadOptions>('read', options, { from: checkFrom, signal: checkSignal });
  if (typeof from === 'object') return { cursor: 'now', last: from.last, signal };
  const cursor: Cursor = isStart(from) ? from : parseCursor(from);
  return { cursor, last: undefined, signal };
}

/** Finds the position in a log where a reader starts. */
export function startIn(log: Log, tag: string, { cursor, last }: ReadSettings): Position {
  if (last !== undefined) return { epoch: log.epoch, offset: Math.max(log.floor, log.head - last) };
  return startPositions(cursor, [log], [tag])[0] as Position;
}

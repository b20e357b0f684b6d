import { type Check, checkOptions } from '../checks/check-options';
import { type Cursor, type Position, parseCursor } from '../log/cursor';
import type { Log } from '../log/log';
import { aStart, type Start } from '../log/start';
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
  from?: Start | (string & {}) | undefined;
  /** Ends the loop, which throws the signal's reason. No default. */
  signal?: AbortSignal | undefined;
}

const checkFrom: Check = (value) => {
  const wanted = typeof value === 'string' ? undefined : aStart(value);
  return wanted && `${wanted}, or an id`;
};

export const aSignal: Check = (value) =>
  typeof value === 'object' && value !== null && 'aborted' in value && 'addEventListener' in value
    ? undefined
    : 'an AbortSignal';

/** Options of a loop over a channel: its start, and a signal that ends it. */
export interface ReadSettings {
  readonly cursor: Cursor;
  readonly signal: AbortSignal | undefined;
}

/** @throws TypeError for an option that does not fit. */
export function readSettings(options: ReadOptions | undefined): ReadSettings {
  const { from = 'now', signal } = checkOptions<ReadOptions>('read', options, { from: checkFrom, signal: aSignal });
  return { cursor: cursorOf(from), signal };
}

function cursorOf(from: Start | string): Cursor {
  if (typeof from === 'object' || from === 'now' || from === 'oldest') return from;
  return parseCursor(from);
}

/** Finds the position in a log where a reader starts. */
export function startIn(log: Log, tag: string, { cursor }: ReadSettings): Position {
  return startPositions(cursor, [log], [tag])[0] as Position;
}

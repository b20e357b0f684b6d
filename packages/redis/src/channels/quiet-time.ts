import { leastMemory } from '../scripts/state';

/** A time in which nothing was published to a channel, on the server's clock in ms. */
export interface QuietTime {
  /** It stands for the server's life and for all that the server has deleted. */
  readonly name: string;
  /** The life of the server. */
  readonly life: string;
  readonly from: number;
  readonly until: number;
  /** The quiet time on the server from which the channel's slot has moved. */
  readonly before?: QuietTime | undefined;
}

const pattern = /^-([\da-f]{7})([\da-z]{8})$/;

/**
 * Makes the epoch of a channel of which Redis keeps nothing. It says when that was so. In this way
 * a cursor stays valid without a trace in Redis.
 */
export function quietEpoch(name: string, time: number): string {
  return `-${name}${time.toString(36).padStart(8, '0')}`;
}

/** The time in an epoch of {@link quietEpoch}. `undefined` for any other epoch. */
export function timeOf(epoch: string): { readonly name: string; readonly time: number } | undefined {
  const [, name, digits] = pattern.exec(epoch) ?? [];
  return name === undefined ? undefined : { name, time: Number.parseInt(digits as string, 36) };
}

/**
 * Joins a quiet time to an earlier one. If more time has passed in between than a log is kept at
 * the least, a log may have come and gone, and the earlier time is not joined.
 *
 * @param hasMoved true when the channel has moved from the server of the earlier time.
 */
export function join(earlier: QuietTime | undefined, later: QuietTime, hasMoved = false): QuietTime {
  if (earlier === undefined || later.from - earlier.until >= leastMemory) return later;
  if (hasMoved) return { ...later, before: { ...earlier, before: undefined } };
  return earlier.name === later.name && later.until >= earlier.until ? { ...earlier, until: later.until } : later;
}

/**
 * True if nothing was published between the time in an epoch and a quiet time.
 *
 * @param isOver true when the quiet time has ended with a message, so that nobody can have found
 * nothing after it.
 */
export function covers({ name, from, until, before }: QuietTime, epoch: string, isOver: boolean): boolean {
  if (before && covers(before, epoch, false)) return true;
  const found = timeOf(epoch);
  if (found?.name !== name || found.time <= from - leastMemory) return false;
  return isOver ? found.time <= until : found.time < until + leastMemory;
}

const first = 50;

/** The longest wait, in ms. */
export const longestBackOff = 5000;

/**
 * Returns the milliseconds to wait before the next attempt. The time is random, so that processes
 * that lost the same server don't come back together. Its upper bound doubles with each failure.
 *
 * @param failures the failures in a row so far, from 0.
 * @param random a number from 0 to 1.
 * @example
 * ```ts
 * import { backOff } from '@pushwire/core/backplanes';
 *
 * function connectLater(connect: () => void, failures: number) {
 *   setTimeout(connect, backOff(failures, Math.random()));
 * }
 * ```
 */
export function backOff(failures: number, random: number): number {
  return Math.round(Math.min(longestBackOff, first * 2 ** Math.min(failures, 10)) * random);
}

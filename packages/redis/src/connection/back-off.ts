const first = 50;
const longest = 5000;

/**
 * Milliseconds before the next attempt to connect: a random time up to a bound that doubles with each failure in a row, so that
 * processes which lost one server together do not come back together.
 *
 * @param failures in a row, from 0.
 * @param chance from 0 to 1.
 */
export function backoff(failures: number, chance: number): number {
  return Math.round(Math.min(longest, first * 2 ** Math.min(failures, 10)) * chance);
}

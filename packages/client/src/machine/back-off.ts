/**
 * Milliseconds to wait before the next attempt, with full jitter: anything from 0 to a bound that doubles with each failure, so
 * that clients which were cut together do not come back together.
 *
 * @param chance from 0 to 1.
 */
export function backOff(base: number, failures: number, most: number, chance: number): number {
  return chance * Math.min(most, base * 2 ** failures);
}

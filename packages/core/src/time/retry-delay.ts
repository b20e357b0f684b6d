/** The least that any browser should be asked to wait, in ms: at 0, Chromium comes back in a hot loop. */
export const minRetry = 500;

/**
 * Spreads a reconnection time by a quarter to both sides, so that clients which were cut together do not come back
 * together.
 *
 * @param chance from 0 to 1.
 */
export function spreadRetry(retry: number, chance: number): number {
  return Math.max(minRetry, Math.round(retry * (0.75 + chance / 2)));
}

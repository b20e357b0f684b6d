/** The shortest reconnection time in ms. With 0, Chromium reconnects in a busy loop. */
export const minRetry = 500;

/** Timers beyond it fire at once. */
const maxRetry = 2 ** 31 - 1;

/**
 * Spreads a reconnection time by up to a quarter in both directions, so that clients that were cut
 * off together don't reconnect together.
 *
 * @param random a number from 0 to 1.
 */
export function spreadRetry(retry: number, random: number): number {
  return Math.min(maxRetry, Math.max(minRetry, Math.round(retry * (0.75 + random / 2))));
}

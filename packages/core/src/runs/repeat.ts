import { isUnreachable } from '../checks/errors';
import type { Clock } from '../time/clock';

/** The first and the longest pause before a step is tried again, in ms. */
const firstPause = 50;
const longestPause = 1000;

export function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.after(ms, resolve));
}

/**
 * Repeats a step at the store that may be repeated, while the store cannot be reached.
 *
 * @param mayRepeat is asked after each failure.
 * @throws the last failure.
 */
export async function repeat<T>(
  clock: Clock,
  step: () => T | Promise<T>,
  mayRepeat: (error: unknown) => boolean,
): Promise<T> {
  for (let wait = firstPause; ; wait = Math.min(longestPause, wait * 2)) {
    try {
      return await step();
    } catch (error) {
      if (!isUnreachable(error) || !mayRepeat(error)) throw error;
    }
    await pause(clock, wait);
  }
}

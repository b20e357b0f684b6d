import { waitLimit } from './limits';

// Most conditions come true with the next bytes. A long wait asks less often, since to ask a page
// takes processor time that the awaited needs.
const eagerTurns = 200;
const eagerMs = 20;
const longestPauseMs = 25;

/**
 * Waits until a condition holds. The limit in ms leaves time for a slow machine. The time in which a
 * machine is suspended does not count.
 */
export async function until(what: string, holds: () => unknown, limit = waitLimit): Promise<void> {
  const began = performance.now();
  for (let turn = 0; !(await holds()); turn++) {
    const waited = performance.now() - began;
    if (waited > limit) throw new Error(`Timed out waiting until ${what}`);
    const pause = Math.min(longestPauseMs, Math.max(5, waited / 20));
    const isEager = turn < eagerTurns && waited < eagerMs;
    await new Promise((resolve) => (isEager ? setImmediate(resolve) : setTimeout(resolve, pause)));
  }
}

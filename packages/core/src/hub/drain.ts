import type { Connection } from '../delivery/connection';
import type { Clock } from '../time/clock';

/** Milliseconds between two times at which some are asked to leave. */
const step = 100;

/**
 * Asks all to come back elsewhere, spread evenly over a time: those who have come first go first.
 *
 * @param gone settles when none of them is left, after which nothing is waited for: no socket keeps the process alive then.
 */
export async function drainAll(
  connections: readonly Connection[],
  within: number,
  clock: Clock,
  gone: Promise<unknown>,
): Promise<void> {
  const steps = Math.floor(within / step) + 1;
  let asked = 0;
  for (let n = 1; asked < connections.length; n++) {
    if (n > 1) await Promise.race([gone, new Promise<void>((resolve) => clock.after(step, resolve))]);
    for (const until = Math.ceil((connections.length * n) / steps); asked < until; asked++)
      connections[asked]?.close('draining');
  }
}

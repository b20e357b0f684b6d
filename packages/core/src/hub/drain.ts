import type { Connection } from '../delivery/connection';
import type { Clock } from '../time/clock';

/** Milliseconds between two steps of a spread-out close. */
const step = 100;

/**
 * Closes connections evenly over `within` ms, the oldest first.
 *
 * @param allClosed settles when none is left. The rest of the time is not waited for then.
 */
export async function drain(
  clock: Clock,
  connections: readonly Connection[],
  within: number,
  allClosed: Promise<unknown>,
): Promise<void> {
  const steps = Math.floor(within / step) + 1;
  let closed = 0;
  for (let n = 1; closed < connections.length; n++) {
    if (n > 1) await Promise.race([allClosed, new Promise<void>((resolve) => clock.after(step, resolve))]);
    const end = Math.ceil((connections.length * n) / steps);
    for (; closed < end; closed++) connections[closed]?.close('draining');
  }
}

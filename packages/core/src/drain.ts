import type { Clock } from './clock';
import type { Connection } from './connection';

/** Milliseconds between two times at which some are asked to leave. */
const step = 100;

/** Asks all to come back elsewhere, spread evenly over a time: those who have come first go first. */
export async function drainAll(connections: readonly Connection[], within: number, clock: Clock): Promise<void> {
  const steps = Math.floor(within / step) + 1;
  let asked = 0;
  for (let n = 1; n <= steps; n++) {
    if (n > 1) await new Promise<void>((resolve) => clock.after(step, resolve));
    for (const until = Math.ceil((connections.length * n) / steps); asked < until; asked++) connections[asked]?.drain();
  }
}

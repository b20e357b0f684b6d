import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerHandle } from '../processes/server-handle';
import type { Crowd } from './crowd';

/**
 * Publishes at a fixed rate even when the server has not finished the previous events, so that a
 * slow server has late events.
 *
 * @param rate events per second.
 * @returns the number of events, when all clients have got them.
 */
export async function publishAtRate(
  server: ServerHandle,
  crowd: Crowd,
  clients: number,
  rate: number,
  seconds: number,
) {
  const periodMs = 1000 / rate;
  const count = Math.max(1, Math.round(seconds * rate));
  const goal = crowd.delivered + count * clients;
  const began = performance.now();
  for (let i = 0; i < count; i++) {
    const wait = began + i * periodMs - performance.now();
    // A timer takes at least a millisecond.
    if (wait > 0) await sleep(wait);
    server.publish(1);
  }
  await crowd.untilDelivered(goal);
  return count;
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerHandle } from '../processes/server-handle';
import type { Crowd } from './crowd';

/**
 * Says when it is time to publish, whether or not the server has done what it was told before: who falls behind has late events.
 *
 * @param rate events in a second.
 * @returns how many events it were, when all clients have got them.
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
    // A timer takes a millisecond at the least.
    if (wait > 0) await sleep(wait);
    server.publish(1);
  }
  await crowd.untilDelivered(goal);
  return count;
}

import { fail } from '../../kit/history';
import type { Fault } from '../redis/harm';
import type { Follower } from './follower';
import type { Hold } from './members';

/** Milliseconds that this machine may add to anything, since it has few cores for many processes. */
const slack = 2500;

/**
 * A member that a process has all the time is never told to have left, where nothing fails that has
 * to do with the process or with Redis.
 *
 * @returns how many leaves it has looked at.
 * @throws {Error} for a violation.
 */
export function checkStays(
  follower: Follower,
  room: string,
  holds: readonly Hold[],
  faults: readonly Fault[],
  lease: number,
): number {
  let checked = 0;
  let on = '';
  for (const step of follower.trace.steps) {
    if (step.kind === 'connected') on = step.to;
    if (step.kind !== 'value' || step.note !== undefined || step.place === undefined) continue;
    const since = step.at - 2 * lease - slack;
    for (const hold of holds) {
      if (hold.room !== room || hold.id !== step.key || hold.since > since) continue;
      if (Math.min(hold.until, hold.node.ends.get(hold.life) ?? hold.until) < step.at) continue;
      const isHit = faults.some(
        ({ node, kind, from, to }) =>
          from <= step.at &&
          to >= since &&
          (node === undefined || node === hold.node || node.name === on || kind === 'stall'),
      );
      checked++;
      const [at, sinceWhen] = [step.at, step.at - hold.since];
      const when = `at ${at} ${JSON.stringify(step.place)} on ${on}, though ${hold.node.name} has it for ${sinceWhen} ms`;
      if (!isHit) fail(`${follower.name}: ${hold.id} has left ${room} ${when}`);
    }
  }
  return checked;
}

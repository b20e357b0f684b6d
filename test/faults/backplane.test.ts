import { build } from '../kit/build';
import { redisServer } from '../kit/redis-server';
import { describeWith } from '../kit/system-program';
import {
  anything,
  brokenPromise,
  cluster,
  nothingLost,
  oneMayWrite,
  type Scenario,
  twoMasters,
} from './backplane/scenarios';
import { addTally, emptyTally } from './backplane/tally';
import { runTrial } from './backplane/trial';

// Nodes and Redis are killed, Redis is emptied, paused, cut off and replaced by a lagging replica.
// No client loses a message without being told. In full: npm run faults:redis.

const short = { clients: 20, faults: 3 };

describeWith(redisServer, 'nodes that share channels over Redis', () => {
  beforeAll(() => build('packages/express', 'packages/koa', 'packages/redis'));

  it('lose no message without a gap, whatever fails', async () => {
    const trials: [Scenario, number][] = [
      [anything, 1],
      [anything, 2],
      [nothingLost, 4],
      [oneMayWrite, 4],
      [cluster, 3],
    ];
    const sum = emptyTally();
    await Promise.all(
      trials.map(async ([scenario, seed]) => addTally(sum, await runTrial({ ...scenario, ...short }, seed))),
    );
    expect(Object.values(sum.faults).filter((times) => times > 0).length).toBeGreaterThan(3);
    expect(sum.publishes.acknowledged).toBeGreaterThan(20);
    expect(sum.clients.messages).toBeGreaterThan(100);
    expect(sum.clients['gaps into a new life']).toBeGreaterThan(0);
  });

  it('fail the check when a failover to a lagging replica loses messages silently', async () => {
    const failures = await firstFailures(brokenPromise, [1, 2, 3]);
    expect(failures).toContainEqual(expect.stringMatching(/names both|missing without a gap/));
  });

  it('fail the check when two masters may write at the same time', async () => {
    const failures = await firstFailures(twoMasters, [2, 4, 5]);
    expect(failures).toContainEqual(expect.stringMatching(/back in the life|names both|missing without a gap/));
  });
});

/** Runs a scenario that most seeds fail, until some have. On a busy machine they may be others. */
async function firstFailures(scenario: Scenario, seeds: readonly number[], batches = 4): Promise<readonly string[]> {
  const trials = await Promise.allSettled(seeds.map((seed) => runTrial({ ...scenario, ...short }, seed)));
  const failures = trials.flatMap((trial) => (trial.status === 'rejected' ? [(trial.reason as Error).message] : []));
  if (failures.length > 0 || batches === 1) return failures;
  return await firstFailures(
    scenario,
    seeds.map((seed) => seed + 10),
    batches - 1,
  );
}

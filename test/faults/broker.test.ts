import { build } from '../kit/build';
import { mortalBroker, type Scenario, workers } from './backplane/scenarios';
import { addTally, emptyTally } from './backplane/tally';
import { runTrial } from './backplane/trial';

// Nodes that are joined by a broker are killed, paused and restarted, and so is the broker. No
// client loses a message without being told. In full: npm run faults:broker.

const short = { clients: 20, faults: 3 };

describe('nodes that are joined by a broker', () => {
  beforeAll(() => build('packages/express', 'packages/koa', 'packages/redis'));

  it.each<{ scenario: Scenario; seeds: readonly number[] }>([
    { scenario: workers, seeds: [1, 2, 3] },
    { scenario: mortalBroker, seeds: [4, 5] },
  ])('lose no message without a gap: $scenario.name', async ({ scenario, seeds }) => {
    const sum = emptyTally();
    const trials = seeds.map(async (seed) => addTally(sum, await runTrial({ ...scenario, ...short }, seed)));
    await Promise.all(trials);
    expect(sum.publishes.acknowledged).toBeGreaterThan(20);
    expect(sum.clients.messages).toBeGreaterThan(100);
    // A worker that ends takes nothing with it.
    if (scenario.durable) expect(sum.clients['gaps into a new life']).toBe(0);
  });
});

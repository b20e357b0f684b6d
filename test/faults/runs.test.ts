import { build } from '../kit/build';
import { redisServer } from '../kit/redis-server';
import { describeWith } from '../kit/system-program';
import type { Attempt } from './runs/attempt';
import { check, type Evidence, type Production } from './runs/check';
import type { Seen } from './runs/reader';
import { scenarioOf } from './runs/scenarios';
import { runTrial, type Tally } from './runs/trial';

// Producers, Redis and brokers are killed, paused and cut off. In full: npm run faults:runs.

const buildAll = () => build('packages/express', 'packages/koa', 'packages/redis', 'packages/cluster');

async function expectWholeOrLost(seeds: readonly number[]): Promise<Tally> {
  const tally: Tally = { faults: {}, counts: {} };
  await Promise.all(seeds.map((seed) => runTrial({ ...scenarioOf(seed), faults: 2 }, seed, tally)));
  expect(tally.counts.runs).toBeGreaterThan(5);
  expect(tally.counts.messages).toBeGreaterThan(100);
  return tally;
}

describeWith(redisServer, 'runs of three nodes over Redis', () => {
  beforeAll(buildAll);

  it('are whole or lost, and end once, whatever fails', async () => {
    const { counts } = await expectWholeOrLost([1, 2, 16]);
    expect(counts.stopped).toBeGreaterThan(0);
  });
});

describe('runs of three nodes with a broker', () => {
  beforeAll(buildAll);

  it('are whole or lost, and end once, whatever fails', async () => {
    await expectWholeOrLost([12, 13]);
  });
});

describe('the check of a run', () => {
  const messages = (...numbers: number[]): Seen[] =>
    numbers.map((n) => ({ id: `e.${n}`, data: { production: 'p', key: 'one-1', n, isLast: n === 3 } }));

  function attemptOf(
    seen: readonly Seen[],
    more: { ended?: string | undefined; status?: string; stopping?: string; reader?: object; state?: object } = {},
  ) {
    const { ended, status, stopping, reader, state } = { ended: 'clean', status: 'completed', ...more };
    const value = { status, head: 'e.3', key: 'one-1', ...state };
    return {
      key: 'one-1',
      stopping: stopping ?? 'never',
      plan: { lease: 4000, ending: 'complete', total: 3 },
      begunAt: 10_000,
      overAt: 11_000,
      starts: [{ node: {}, askedAt: 10_000, at: 10_010, value: { started: true, status: 'running' } }],
      stops: [],
      repeats: [],
      readers: [{ name: 'reader', seen, ended, endedAt: 10_900, ...reader }],
      states: [{ node: {}, askedAt: 10_950, at: 10_960, value }],
    } as unknown as Attempt;
  }

  const producer = { key: 'one-1', node: {}, life: 1, begunAt: 10_005, finishedAt: 10_800, status: 'completed' };
  const evidence = (...productions: object[]): Evidence => ({
    faults: [],
    productions: new Map(productions.map((one, i) => [`${i}`, one as Production])),
    messages: new Map(),
    durable: false,
  });

  it('accepts a run that is whole', () => {
    expect(check(attemptOf(messages(1, 2, 3)), evidence(producer))).toBeUndefined();
  });

  it.each<[string, number, boolean]>([
    ['a short pause of Redis', 100, false],
    ['a long pause of Redis', 2500, true],
  ])('explains a loss by its length: %s', (_what, ms, explains) => {
    const faults = [{ kind: 'pause' as const, from: 10_100, to: 10_100 + ms }];
    const lost = { ended: 'lost', status: 'lost' };
    const act = () => check(attemptOf(messages(1, 2), { ...lost, state: { head: 'e.2' } }), { ...evidence(), faults });
    if (explains) expect(act).not.toThrow();
    else expect(act).toThrow(/nothing explains/);
  });

  it('finds a run that has survived a failover that loses writes', () => {
    const faults = [{ kind: 'failover to a lagging replica' as const, from: 10_100, to: 10_200 }];
    const act = () => check(attemptOf(messages(1, 2, 3)), { ...evidence(producer), faults });
    expect(act).toThrow(/completed after the fault: failover/);
  });

  it.each<[string, Attempt, Evidence, RegExp]>([
    ['a message that is missing', attemptOf(messages(1, 3)), evidence(producer), /after the offset 1/],
    ['a message that comes twice', attemptOf(messages(1, 2, 2, 3)), evidence(producer), /after the offset 2/],
    ['an end that is missing', attemptOf(messages(1, 2)), evidence(producer), /complete, after 2 messages/],
    ['a gap', attemptOf([{ gap: 'epoch' }, ...messages(1, 2, 3)]), evidence(producer), /has got a gap/],
    ['a reader that waits', attemptOf(messages(1), { ended: undefined }), evidence(producer), /waits for ever/],
    ['two producers', attemptOf(messages(1, 2, 3)), evidence(producer, producer), /2 producers/],
    [
      'two outcomes',
      attemptOf(messages(1, 2, 3)),
      evidence({ ...producer, status: 'lost' }),
      /several outcomes: completed,lost/,
    ],
    [
      'an end that is told too early',
      attemptOf(messages(1, 2), { ended: 'stopped', reader: { endCursor: 'e.3!end' } }),
      evidence(producer),
      /told the end of e.3!end after e.2/,
    ],
    [
      'another end that is told later',
      attemptOf(messages(1, 2, 3), { ended: 'completed', reader: { endCursor: 'e.3!end', repeated: 'lost' } }),
      evidence(producer),
      /told completed, and then lost/,
    ],
    [
      'a stop that was meant for another run',
      attemptOf(messages(1, 2, 3), { ended: 'stopped', status: 'stopped', state: { reason: 'enough of one-2' } }),
      evidence(),
      /stopped for enough of one-2/,
    ],
    [
      'two messages with one id',
      attemptOf(messages(1, 2, 3)),
      { ...evidence(producer), messages: new Map([['e.2', 'another']]) },
      /e.2 is another and/,
    ],
    [
      'another run in its place',
      attemptOf(messages(1, 2, 3), { state: { key: 'one-2' } }),
      evidence(producer),
      /one-2/,
    ],
    ['a loss without a cause', attemptOf(messages(1, 2, 3), { status: 'lost' }), evidence(), /nothing explains/],
    ['an end that is taken back', attemptOf(messages(1, 2, 3), { status: 'running' }), evidence(), /running after/],
  ])('finds %s', (_what, attempt, seen, failure) => {
    expect(() => check(attempt, seen)).toThrow(failure);
  });
});

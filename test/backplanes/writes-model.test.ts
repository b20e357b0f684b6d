import { clusterBackplane } from '@pushwire/cluster';
import { type Channel, createHub, type Hub, memoryBackplane } from '@pushwire/core';
import { redisBackplane } from '@pushwire/redis';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { Store, storeBackplane } from '../../examples/backplane';
import { BrokerProcess } from '../kit/broker-process';
import { RedisServer, redisServer } from '../kit/redis-server';
import { describeWith } from '../kit/system-program';
import { until } from '../kit/until';
import { answers } from './hub-server';

// Random sequences of writes and deletions from two hubs, beside a model of a few lines. The model
// says what each call gives, and what the log keeps in the end.

const log = { count: 5, idempotencyKeys: 3 };

interface Write {
  readonly do: 'publish' | 'all' | 'last';
  readonly count: number;
  readonly key: string | undefined;
  /** The newest id, an id of an earlier write, or none. */
  readonly after: 'head' | number | undefined;
}

type Step = { readonly hub: 0 | 1 } & (
  | Write
  | { readonly do: 'plain' }
  | { readonly do: 'end' }
  | { readonly do: 'delete' }
);

const hub = fc.constantFrom<0 | 1>(0, 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ hub, do: fc.constant('plain' as const) }) },
  { weight: 1, arbitrary: fc.record({ hub, do: fc.constantFrom('end' as const, 'delete' as const) }) },
  {
    weight: 10,
    arbitrary: fc.record({
      hub,
      do: fc.oneof(
        { weight: 4, arbitrary: fc.constant('publish' as const) },
        { weight: 4, arbitrary: fc.constant('all' as const) },
        { weight: 1, arbitrary: fc.constant('last' as const) },
      ),
      count: fc.integer({ min: 1, max: 7 }),
      key: fc.option(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { nil: undefined }),
      after: fc.oneof(
        { weight: 4, arbitrary: fc.constant(undefined) },
        { weight: 1, arbitrary: fc.constant('head' as const) },
        { weight: 1, arbitrary: fc.nat(30) },
      ),
    }),
  },
);

/** The log as it should be. */
class Model {
  texts: string[] = [];
  ended = false;
  /** The keys with the ids of their writes, in the order of the writes. */
  keys = new Map<string, readonly string[]>();
  epoch: string | undefined;
  readonly epochs = new Set<string>();
  /** The ids of all writes. */
  readonly ids: string[] = [];

  /** Returns the code of the failure, the ids of an earlier write, or `undefined` for new ids. */
  expects(count: number, key: string | undefined, after: string | undefined): string | readonly string[] | undefined {
    const first = key === undefined ? undefined : this.keys.get(key);
    if (first) return first;
    if (this.ended && count > 0) return 'channel-ended';
    const head = this.epoch && `${this.epoch}.${this.texts.length}`;
    if (after !== undefined && head !== undefined && after !== head) return 'head-moved';
    return undefined;
  }

  /** Checks the ids of a write, and takes it into account. */
  written(texts: readonly string[], ids: readonly string[], key: string | undefined): void {
    const [epoch = ''] = (ids[0] as string).split('.');
    if (this.epoch === undefined) expect(this.epochs.has(epoch)).toBe(false);
    this.epoch ??= epoch;
    this.epochs.add(epoch);
    expect(ids).toEqual(texts.map((_, i) => `${this.epoch}.${this.texts.length + i + 1}`));
    this.texts.push(...texts);
    this.ids.push(...ids);
    if (key === undefined) return;
    this.keys.set(key, ids);
    for (const oldest of this.keys.keys()) if (this.keys.size > log.idempotencyKeys) this.keys.delete(oldest);
  }

  delete(): void {
    this.texts = [];
    this.keys = new Map();
    this.ended = false;
    this.epoch = undefined;
  }
}

const failure = ({ code }: { readonly code: string }) => code;

async function write(channel: Channel, wanted: Write, model: Model, n: number): Promise<void> {
  const { do: call, key } = wanted;
  const texts = Array.from({ length: call === 'all' ? wanted.count : 1 }, (_, i) => `${n}.${i}`);
  // An id of an earlier life is never that of the head, also where this life has no message yet.
  const after = wanted.after === 'head' ? await channel.head() : model.ids[wanted.after ?? -1];
  const isOfEarlierLife = wanted.after !== 'head' && after !== undefined && model.epoch === undefined;
  const expected = isOfEarlierLife && !model.ended ? 'head-moved' : model.expects(texts.length, key, after);
  const options = { idempotencyKey: key, after };
  const result = await (call === 'all'
    ? channel.publishAll(texts, options)
    : channel[call === 'last' ? 'end' : 'publish'](texts[0], options).then((id) => [id])
  ).catch(failure);
  if (typeof expected === 'string') expect(result).toBe(expected);
  else if (expected) expect(result).toEqual(call === 'all' ? expected : expected.slice(-1));
  else {
    expect(result).toBeInstanceOf(Array);
    model.written(texts, result as string[], key);
    if (call === 'last') model.ended = true;
  }
}

async function run(hubs: readonly Hub[], name: string, steps: readonly Step[]): Promise<void> {
  const model = new Model();
  for (const [n, step] of steps.entries()) {
    const channel = (hubs[step.hub] as Hub).channel(name);
    if (step.do === 'delete') {
      await channel.delete();
      model.delete();
    } else if (step.do === 'end') {
      await channel.end();
      model.ended = true;
    } else if (step.do === 'plain') {
      const result = await channel.publish(`${n}`).catch(failure);
      if (model.ended) expect(result).toBe('channel-ended');
      else model.written([`${n}`], [result], undefined);
    } else await write(channel, step, model, n);
  }
  for (const hub of hubs) await hub.channel(name).end();
  const kept = model.texts.slice(-log.count);
  for (const hub of hubs) {
    const texts: unknown[] = [];
    for await (const { data } of hub.channel(name).read({ from: 'oldest' })) texts.push(data);
    expect(texts).toEqual(kept);
  }
}

let names = 0;

const property = (hubs: readonly Hub[], numRuns: number) =>
  fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), (steps) => run(hubs, `channel ${++names}`, steps)),
    { numRuns, interruptAfterTimeLimit: 10_000 },
  );

const closeAll = (hubs: readonly Hub[]) => Promise.all(hubs.map((hub) => hub.close()));

describe('random writes and deletions', () => {
  it('do what the model says, in memory', async () => {
    const hub = createHub({ backplane: memoryBackplane(), log });
    await property([hub, hub], 500);
    await hub.close();
  });

  it('do what the model says, with the backplane of the guide', async () => {
    const store = new Store();
    const hubs = [0, 1].map(() => createHub({ backplane: storeBackplane(store), log }));
    await property(hubs, 300);
    await closeAll(hubs);
  });
});

describe('random writes and deletions with a broker', () => {
  let broker: BrokerProcess;
  const hubs: Hub[] = [];

  beforeAll(async () => {
    broker = await BrokerProcess.start();
    for (let n = 0; n < 2; n++) hubs.push(createHub({ backplane: clusterBackplane({ path: broker.path }), log }));
  });
  afterAll(async () => {
    await closeAll(hubs);
    await broker.stop();
  });

  it('do what the model says', () => property(hubs, 300));
});

describeWith(redisServer, 'random writes and deletions with Redis', () => {
  let server: RedisServer;
  const hubs: Hub[] = [];

  beforeAll(async () => {
    server = await RedisServer.start();
    const client = new Redis(server.port, { lazyConnect: true });
    for (let n = 0; n < 2; n++) hubs.push(createHub({ backplane: redisBackplane({ client }), log }));
    for (const hub of hubs) await until('Redis answers', () => answers(hub));
  });
  afterAll(async () => {
    await closeAll(hubs);
    await server.stop();
  });

  it('do what the model says', () => property(hubs, 150));
});

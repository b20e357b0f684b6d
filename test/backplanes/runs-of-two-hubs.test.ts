import { setTimeout as sleep } from 'node:timers/promises';
import { clusterBackplane } from '@pushwire/cluster';
import { createHub, type Hub } from '@pushwire/core';
import type { BackplaneFactory } from '@pushwire/core/backplanes';
import { redisBackplane } from '@pushwire/redis';
import { Redis } from 'ioredis';
import { BrokerProcess } from '../kit/broker-process';
import { RedisServer, redisServer } from '../kit/redis-server';
import { describeWith } from '../kit/system-program';
import { until } from '../kit/until';
import { answers } from './hub-server';

/** What joins two hubs. */
interface Shared {
  make(): BackplaneFactory;
  stop(): Promise<void>;
}

function runsOfTwoHubs(start: () => Promise<Shared>) {
  let shared: Shared;
  let hubs: readonly [Hub, Hub];

  beforeAll(async () => {
    shared = await start();
    const make = () => createHub({ backplane: shared.make() });
    hubs = [make(), make()];
    for (const hub of hubs) await until('the backplane answers', () => answers(hub));
  });
  afterAll(async () => {
    await Promise.all(hubs.map((hub) => hub.close()));
    await shared.stop();
  });

  it('lose no stop of a thousand, before the start, together with it or after', async () => {
    const [here, there] = hubs;
    let finished = 0;
    let produced = 0;
    async function* endless(signal: AbortSignal) {
      produced++;
      try {
        for (let n = 0; ; n++) {
          yield `${n}`;
          await sleep(20, undefined, { signal });
        }
      } finally {
        finished++;
      }
    }
    const outcomes: Record<string, number> = {};
    const stopOne = async (i: number) => {
      const [run, other] = [here.run(`stopped ${i}`), there.run(`stopped ${i}`)];
      const when = i % 4;
      if (when === 0) expect(await other.stop('early')).toBe(true);
      const starting = run.start(({ signal }) => endless(signal));
      if (when === 1) expect(await other.stop('racing')).toBe(true);
      const { done } = await starting;
      if (when > 1) {
        await sleep(i % 7);
        expect(await other.stop('later')).toBe(true);
      }
      const { status } = await done;
      outcomes[status] = (outcomes[status] ?? 0) + 1;
    };
    for (let i = 0; i < 1000; i += 50) await Promise.all(Array.from({ length: 50 }, (_, n) => stopOne(i + n)));
    expect(outcomes).toEqual({ stopped: 1000 });
    expect(produced).toBeGreaterThan(400);
    expect(finished).toBe(produced);
  });

  it('have one producer for a hundred starts, and none for repeated ones', async () => {
    let produced = 0;
    async function* five() {
      produced++;
      for (let n = 1; n <= 5; n++) yield `${n}`;
    }
    const start = async (i: number) => (hubs[i % 2] as Hub).run('hundred').start(five, { key: 'request' });
    const starts = await Promise.all(Array.from({ length: 100 }, (_, i) => start(i)));
    const ends = await Promise.all(starts.map(({ done }) => done));
    expect([produced, starts.filter(({ started }) => started).length]).toEqual([1, 1]);
    expect(new Set(ends.map(({ status, head }) => `${status} ${head}`)).size).toBe(1);
    for (let i = 0; i < 10; i++) expect((await start(i)).started).toBe(false);
    expect(produced).toBe(1);
  });

  it('are read in the other process as soon as their start is confirmed, run after run', async () => {
    const [here, there] = hubs;
    for (let n = 1; n <= 100; n++) {
      const { done } = await here.run('again').start(() => [`run ${n}`]);
      const read: unknown[] = [];
      for await (const { data } of there.run('again').read()) read.push(data);
      expect(read).toEqual([`run ${n}`]);
      await done;
    }
  });
}

describe('runs of two hubs with a broker', () => {
  runsOfTwoHubs(async () => {
    const broker = await BrokerProcess.start();
    return { make: () => clusterBackplane({ path: broker.path }), stop: () => broker.stop() };
  });
});

describeWith(redisServer, 'runs of two hubs over Redis', () => {
  runsOfTwoHubs(async () => {
    const server = await RedisServer.start();
    return {
      make: () => redisBackplane({ client: new Redis(server.port, { lazyConnect: true }) }),
      stop: () => server.stop(),
    };
  });
});

import { redisBackplane } from '@pushwire/redis';
import { Cluster, Redis } from 'ioredis';
import { RedisCluster } from '../kit/redis-cluster';
import { RedisServer, redisServer } from '../kit/redis-server';
import { describeWith } from '../kit/system-program';
import { until } from '../kit/until';
import { backplaneOf, Producer, plain, Reader } from './run-stores';

const slotOf: (key: string) => number = require('cluster-key-slot');

const log = 'pushwire:run:chat';
const key = `pushwire:{${log}}:log`;
const lost = { outcome: 'lost' };

type Backplane = ReturnType<typeof backplaneOf>;

describeWith(redisServer, 'runs in a Redis that fails', () => {
  let server: RedisServer;
  const open: Backplane[] = [];
  const backplane = () => {
    const client = new Redis(server.port, { lazyConnect: true });
    const made = backplaneOf(redisBackplane({ client, timeout: 1000, checkInterval: 300 }));
    open.push(made);
    return made;
  };
  const begun = async () => {
    const [here, there] = [backplane(), backplane()];
    const one = new Producer(here.runs, log);
    expect(await one.claim('key')).toMatchObject({ kind: 'claimed' });
    await one.write(['a', 'b']);
    return { here, there, one, reader: await Reader.of(there, log) };
  };
  /** Calls until the store can be reached again. */
  const again = async <T>(act: () => T | Promise<T>): Promise<T> => {
    let value: { it: T } | undefined;
    await until('Redis is back', async () => {
      try {
        value = { it: await act() };
        return true;
      } catch {
        return false;
      }
    });
    return (value as { it: T }).it;
  };

  beforeEach(async () => {
    server = await RedisServer.start();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()));
    await server.stop();
  });

  it('are lost when it restarts, even if it has kept its data', async () => {
    const { there, one, reader } = await begun();
    await server.kill();
    await server.run();
    await until('the reader is told', () => reader.log.ended);
    expect([reader.texts, reader.outcome]).toEqual([['a', 'b'], lost]);
    expect(await again(() => one.write(['c']))).toMatchObject({ kind: 'fenced', record: { status: 'lost' } });
    expect(plain(await there.runs.state(log))).toEqual({ status: 'lost', head: 2, key: 'key', outcome: lost });
  });

  it('keep their end when it restarts with its data', async () => {
    const { there, one } = await begun();
    await one.end(['c']);
    await server.kill();
    await server.run();
    expect((await again(() => there.runs.state(log)))?.status).toBe('completed');
    const late = await again(() => Reader.of(backplane(), log));
    expect([late.texts, late.outcome]).toEqual([['a', 'b', 'c'], { outcome: 'completed' }]);
    expect(await new Producer(there.runs, log).claim('key')).toMatchObject({ kind: 'repeated' });
  });

  it('are lost for readers when it forgets them, and fence their producers', async () => {
    const { one, reader } = await begun();
    const admin = server.client();
    await admin.flushall();
    admin.disconnect();
    await until('the reader is told', () => reader.log.ended);
    expect([reader.texts, reader.outcome]).toEqual([['a', 'b'], lost]);
    expect(await one.write(['c'])).toEqual({ kind: 'fenced' });
  });

  it('leave nothing behind for a name that was only read, asked for or written to', async () => {
    const here = backplane();
    const reader = await Reader.of(here, log);
    const nobody = new Producer(here.runs, log);
    nobody.epoch = 'nothing';
    await nobody.write(['a']);
    await here.runs.state(log);
    await reader.followed.refresh?.();
    const admin = server.client();
    expect(await admin.keys('*')).toEqual([]);
    await here.runs.stop(log, { reason: 'early', key: undefined });
    expect([await admin.keys('*'), (await admin.pttl(key)) > 50_000]).toEqual([[key], true]);
    admin.disconnect();
  });

  it('expire when their producer is dead and nobody asks for them', async () => {
    const one = new Producer(backplane().runs, log, { lease: 2000, keep: 3000 });
    await one.claim();
    await one.write(['a']);
    const admin = server.client();
    const left = await admin.pttl(key);
    admin.disconnect();
    expect(left).toBeGreaterThan(4000);
    expect(left).toBeLessThanOrEqual(5000);
  });
});

describeWith(redisServer, 'runs in a cluster whose slots move', () => {
  let cluster: RedisCluster;
  let made: Backplane[];

  beforeAll(async () => {
    cluster = await RedisCluster.start();
    made = [0, 1].map(() => {
      const client = new Cluster([...cluster.nodes], { lazyConnect: true });
      return backplaneOf(redisBackplane({ client, timeout: 2000 }));
    });
  });
  afterAll(async () => {
    await Promise.all(made.map((one) => one.close()));
    await cluster.stop();
  });

  const setUp = () => {
    const [here, there] = made as [Backplane, Backplane];
    const slot = slotOf(key);
    const from = cluster.ownerOf(slot);
    const way = [slot, from, (from + 1) % 3] as const;
    /** The slot is back where it was. */
    const goBack = async () => {
      const back = [slot, way[2], from] as const;
      await cluster.openSlot(...back);
      await cluster.migrateKeys(...back);
      await cluster.closeSlot(...back);
    };
    return { here, there, way, goBack };
  };

  it('go on in their new place', async () => {
    const { here, there, way, goBack } = setUp();
    const one = new Producer(here.runs, log);
    await one.claim();
    await one.write(['a']);
    const reader = await Reader.of(there, log);
    await cluster.openSlot(...way);
    expect(await one.write(['b'])).toEqual({ kind: 'written' });
    await cluster.migrateKeys(...way);
    expect(await one.write(['c'])).toEqual({ kind: 'written' });
    await cluster.closeSlot(...way);
    expect(await one.end(['d'])).toEqual({ kind: 'written' });
    await until('all is read', () => reader.log.ended);
    expect([reader.texts, reader.outcome]).toEqual([['a', 'b', 'c', 'd'], { outcome: 'completed' }]);
    await goBack();
  });

  it('get the stops that came before them', async () => {
    const { here, there, way, goBack } = setUp();
    await there.runs.stop(log, { reason: 'early', key: 'another key' });
    await cluster.openSlot(...way);
    const claimed = await new Producer(here.runs, log).claim('another key');
    expect(claimed).toMatchObject({ kind: 'claimed', stop: 'early' });
    await cluster.migrateKeys(...way);
    await cluster.closeSlot(...way);
    await goBack();
  });
});

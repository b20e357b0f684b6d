import { createHub } from '@pushwire/core';
import { redisBackplane } from '@pushwire/redis';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { Gate } from '../kit/gate';
import { RedisServer, redisServer } from '../kit/redis-server';
import { describeWith } from '../kit/system-program';
import { until } from '../kit/until';
import { quiet } from './hub-server';

// What a process knows of its Redis, without clients.

const libraries = {
  redis: (port: number) => createClient({ url: `redis://127.0.0.1:${port}` }),
  ioredis: (port: number) => new Redis({ port, lazyConnect: true }),
};

describeWith(redisServer, 'the health of a hub', () => {
  let server: RedisServer;
  let gate: Gate;

  beforeAll(async () => {
    server = await RedisServer.start();
  });
  beforeEach(async () => {
    gate = await Gate.start(server.port);
  });
  afterEach(() => gate.close());
  afterAll(() => server.stop());

  it.each(['redis', 'ioredis'] as const)(
    'shows a connection that was dropped in silence before anybody publishes, with %s',
    async (library) => {
      const backplane = redisBackplane({ client: libraries[library](gate.port), timeout: 200 });
      const hub = createHub({ backplane, logger: quiet });
      try {
        const first = hub.health();
        expect([first.ready, first.backplane.reachable]).toEqual([false, false]);
        await until('Redis is reached', () => hub.health().ready);
        const up = hub.health().backplane;
        expect(up.since).toBeGreaterThanOrEqual(first.backplane.since);
        expect(hub.stats().backplane).toEqual(up);
        gate.swallow();
        await until('the silence is noticed', () => !hub.health().ready);
        const down = hub.health().backplane;
        expect(down.since).toBeGreaterThan(up.since);
        await expect(hub.channel('news').publish('1')).rejects.toMatchObject({ code: 'backplane-unavailable' });
        gate.release();
        await until('Redis is reached again', () => hub.health().ready);
        expect(hub.health().backplane.since).toBeGreaterThan(down.since);
        await hub.channel('news').publish('2');
      } finally {
        await hub.close();
      }
      expect(hub.health().ready).toBe(false);
    },
  );

  it.each([
    ['allkeys-lru', 1],
    ['volatile-ttl', 1],
    ['noeviction', 0],
  ])('with the policy %s of a Redis that is full is told %i times', async (policy, times) => {
    const admin = server.client();
    await admin.config('SET', 'maxmemory-policy', policy);
    const error = jest.fn();
    const backplane = redisBackplane({ client: libraries.redis(server.port) });
    const hub = createHub({ backplane, logger: { ...quiet, error } });
    await until('Redis is reached', () => hub.health().ready);
    await hub.channel('news').publish('1');
    await hub.close();
    await admin.config('SET', 'maxmemory-policy', 'noeviction');
    admin.disconnect();
    const told = error.mock.calls.filter(([, sentence]) => sentence.includes('evicts'));
    expect(told).toHaveLength(times);
    if (times > 0) expect(told[0]?.[0].err.message).toContain(policy);
  });
});

import { createHub, type Hub } from '@pushwire/core';
import { redisBackplane } from '@pushwire/redis';
import { Redis } from 'ioredis';
import { RedisServer, redisServer } from '../kit/redis-server';
import { describeWith } from '../kit/system-program';
import { until } from '../kit/until';
import { answers } from './hub-server';

const minute = 60_000;

describeWith(redisServer, 'the trace of a deleted channel in Redis', () => {
  let server: RedisServer;
  let admin: Redis;
  let hub: Hub;

  beforeAll(async () => {
    server = await RedisServer.start();
    admin = server.client();
    const client = new Redis(server.port, { lazyConnect: true });
    hub = createHub({ backplane: redisBackplane({ client, checkInterval: 200 }), log: { age: Infinity } });
    await until('Redis answers', () => answers(hub));
  });
  afterAll(async () => {
    await hub.close();
    admin.disconnect();
    await server.stop();
  });

  const timeToLive = (name: string) => admin.pttl(`pushwire:{${name}}:log`);

  it('expires, also where logs are kept forever and the channel is followed', async () => {
    const channel = hub.channel('followed');
    await channel.publishAll(['1', '2', '3'], { idempotencyKey: 'k' });
    expect(await timeToLive('followed')).toBe(-1);
    await channel.delete();
    expect(await timeToLive('followed')).toBeGreaterThan(10 * minute);
    const loop = channel.read()[Symbol.asyncIterator]();
    const next = loop.next();
    await channel.head();
    // A check against the log renews its time.
    await admin.pexpire('pushwire:{followed}:log', 2 * minute);
    await until('the log is checked', async () => (await timeToLive('followed')) > 2 * minute);
    const left = await timeToLive('followed');
    expect([left > 10 * minute, left <= 12.5 * minute]).toEqual([true, true]);
    expect(Number(await admin.hlen('pushwire:{followed}:log'))).toBeLessThan(10);
    await channel.publish('4');
    expect((await next).value).toMatchObject({ data: '4' });
    expect(await timeToLive('followed')).toBe(-1);
    await loop.return?.();
  });

  it('is not made for a channel without a log', async () => {
    await hub.channel('nothing').delete();
    await expect(hub.channel('nothing').publish('x', { after: 'anotherX.1' })).rejects.toMatchObject({
      code: 'head-moved',
    });
    expect(await admin.exists('pushwire:{nothing}:log')).toBe(0);
  });

  it('has as many fields of keys as the channel remembers', async () => {
    const channel = hub.channel('keys');
    for (let n = 0; n < 1100; n++) channel.publish('x', { idempotencyKey: `k${n}` });
    await channel.publish('last', { idempotencyKey: 'last' });
    const fields = await admin.hkeys('pushwire:{keys}:log');
    const ofKeys = fields.filter((field) => /^(key|nth) /.test(field));
    expect(ofKeys).toHaveLength(2000);
  });
});

import { createHub, type LogLimits } from '@pushwire/core';
import { redisBackplane } from '@pushwire/redis';
import { Redis } from 'ioredis';
import { describeWith } from '../kit/debian-package';
import { Random } from '../kit/random';
import { RedisServer, redisServer } from '../kit/redis-server';
import { until } from '../kit/until';

// What Redis keeps of a channel.

const [state, entries] = ['pushwire:{news}:state', 'pushwire:{news}:entries'];

/** What an entry takes in Redis: the text, a letter and a line feed. */
const sizeOf = (text: string) => text.length + 2;

describeWith(redisServer, 'the log in Redis', () => {
  let server: RedisServer;
  let redis: Redis;
  const hubs: { close(): Promise<void> }[] = [];

  beforeAll(async () => {
    server = await RedisServer.start();
    redis = server.client();
  });
  beforeEach(() => redis.flushall());
  afterEach(async () => {
    await Promise.all(hubs.splice(0).map((hub) => hub.close()));
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  const open = async (log: Partial<LogLimits>) => {
    const client = new Redis({ port: server.port, lazyConnect: true });
    const hub = createHub({ log, backplane: redisBackplane({ client }) });
    hubs.push(hub);
    const channel = hub.channel('news');
    await until('Redis answers', () =>
      channel.connections().then(
        () => true,
        () => false,
      ),
    );
    return channel;
  };
  const kept = async () => (await redis.xrange(entries, '-', '+')).map(([id]) => Number.parseInt(id, 10));

  it.each([
    ['entries', { count: 40, bytes: 1_000_000 }],
    ['bytes', { count: 1000, bytes: 2000 }],
    ['both', { count: 40, bytes: 2000 }],
    ['bytes, where one message has more', { count: 40, bytes: 60 }],
  ])('is cut down to its limits when it is an eighth over them, by %s', async (_, { count, bytes }) => {
    const channel = await open({ count, bytes });
    const random = new Random(1);
    const expected: { offset: number; size: number }[] = [];
    const isOver = (share: number) =>
      expected.length > count * share || expected.reduce((sum, { size }) => sum + size, 0) > bytes * share;
    for (let offset = 1; offset <= 200; offset++) {
      const text = 'x'.repeat(random.between(0, 99));
      await channel.publish(text);
      expected.push({ offset, size: sizeOf(text) });
      if (isOver(1.125) || offset % 64 === 0) while (isOver(1)) expected.shift();
      expect(await kept()).toEqual(expected.map((one) => one.offset));
    }
  });

  it('is cut down to what is young enough, now and then', async () => {
    const channel = await open({ age: 60_000 });
    await channel.publish('x');
    const [seconds] = await redis.time();
    await redis.del(entries);
    for (let offset = 1; offset <= 63; offset++) {
      const time = offset <= 40 ? 1 : Number(seconds) * 1000;
      await redis.xadd(entries, offset, 'm', 't\nx', 't', time, 'b', (offset - 1) * sizeOf('x'));
    }
    await redis.hset(state, { head: 63, total: 63 * sizeOf('x') });
    await channel.publish('x');
    expect(await kept()).toEqual(Array.from({ length: 24 }, (_, i) => 41 + i));
  });

  it('forgets its entries before its place', async () => {
    const channel = await open({ age: 100 });
    const first = await channel.publish('x');
    await until('it is forgotten', async () => (await redis.exists(entries)) === 0);
    expect(await channel.publish('x')).toBe(first.replace(/1$/, '2'));
    expect(await redis.pttl(state)).toBeGreaterThan(600_000);
  });

  it('lives a quarter longer than it must, and says so no oftener than it must', async () => {
    const channel = await open({ age: 60_000 });
    const calls = async (command: string) =>
      Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(await redis.info('commandstats'))?.[1] ?? 0);
    const before = await calls('pexpire');
    for (let n = 0; n < 10; n++) await channel.publish('x');
    expect((await calls('pexpire')) - before).toBe(2);
    expect(await redis.pttl(entries)).toBeGreaterThan(60_000);
    await redis.hset(state, 'due', 0);
    await redis.pexpire(entries, 1000);
    await channel.publish('x');
    expect(await redis.pttl(entries)).toBeGreaterThan(60_000);
  });

  it('lives for ever where messages have no age', async () => {
    const mortal = await open({ age: 60_000 });
    await mortal.publish('x');
    const channel = await open({ age: Number.POSITIVE_INFINITY });
    await channel.publish('x');
    expect([await redis.pttl(state), await redis.pttl(entries)]).toEqual([-1, -1]);
  });

  it('keeps nothing but its place where it may keep nothing', async () => {
    const channel = await open({ count: 0 });
    const first = await channel.publish('x');
    expect(await channel.publish('x')).toBe(first.replace(/1$/, '2'));
    expect(await redis.exists(entries)).toBe(0);
  });
});

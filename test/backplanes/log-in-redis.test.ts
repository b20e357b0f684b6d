import { createHub, type LogLimits } from '@pushwire/core';
import { redisBackplane } from '@pushwire/redis';
import { Redis } from 'ioredis';
import { Random } from '../kit/random';
import { RedisServer, redisServer } from '../kit/redis-server';
import { describeWith } from '../kit/system-program';
import { until } from '../kit/until';

// The data that Redis keeps of a channel.

const log = 'pushwire:{news}:log';

/** The size of an entry in Redis: the text, a letter and a line feed. */
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

  const open = async (limits: Partial<LogLimits>) => {
    const client = new Redis({ port: server.port, lazyConnect: true });
    const hub = createHub({ log: limits, backplane: redisBackplane({ client }) });
    hubs.push(hub);
    const channel = hub.channel('news');
    await until('Redis answers', () =>
      channel.reportedConnections().then(
        () => true,
        () => false,
      ),
    );
    return channel;
  };
  const kept = async () => {
    const offsets = (await redis.hkeys(log)).filter((field) => /^\d+$/.test(field)).map(Number);
    return offsets.sort((a, b) => a - b);
  };

  it.each([
    ['entries', { count: 40, bytes: 1_000_000 }],
    ['bytes', { count: 1000, bytes: 2000 }],
    ['both', { count: 40, bytes: 2000 }],
    ['bytes that one message exceeds', { count: 40, bytes: 60 }],
  ])('is trimmed to its limit of %s when it exceeds it by an eighth', async (_, { count, bytes }) => {
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

  it('is trimmed to its age from time to time', async () => {
    const channel = await open({ age: 60_000 });
    await channel.publish('x');
    const [seconds] = await redis.time();
    for (let offset = 1; offset <= 63; offset++) {
      const time = offset <= 40 ? 1 : Number(seconds) * 1000;
      await redis.hset(log, offset, `${time} ${(offset - 1) * sizeOf('x')} t\nx`);
    }
    await redis.hset(log, { head: 63, total: 63 * sizeOf('x') });
    await channel.publish('x');
    expect(await kept()).toEqual(Array.from({ length: 24 }, (_, i) => 41 + i));
  });

  it('forgets its entries before its head', async () => {
    const channel = await open({ age: 100 });
    const first = await channel.publish('x');
    await until('the entries are forgotten', async () => (await kept()).length === 0);
    expect(await channel.publish('x')).toBe(first.replace(/1$/, '2'));
    expect(await redis.pttl(log)).toBeGreaterThan(600_000);
  });

  it('expires a quarter later than it must, and renews that as rarely as possible', async () => {
    const channel = await open({ age: 60_000 });
    const calls = async (command: string) =>
      Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(await redis.info('commandstats'))?.[1] ?? 0);
    const before = await calls('pexpire');
    for (let n = 0; n < 10; n++) await channel.publish('x');
    expect((await calls('pexpire')) - before).toBe(1);
    expect(await redis.pttl(log)).toBeGreaterThan(600_000);
    await redis.hset(log, 'due', 0);
    await redis.pexpire(log, 1000);
    await channel.publish('x');
    expect(await redis.pttl(log)).toBeGreaterThan(600_000);
  });

  it('never expires when messages have no maximum age', async () => {
    const mortal = await open({ age: 60_000 });
    await mortal.publish('x');
    const channel = await open({ age: Number.POSITIVE_INFINITY });
    await channel.publish('x');
    expect(await redis.pttl(log)).toBe(-1);
  });

  it('keeps only its head when it may keep no messages', async () => {
    const channel = await open({ count: 0 });
    const first = await channel.publish('x');
    expect(await channel.publish('x')).toBe(first.replace(/1$/, '2'));
    expect(await kept()).toEqual([]);
  });
});

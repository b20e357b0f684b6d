import { createHub } from '@pushwire/core';
import { redisBackplane } from '@pushwire/redis';
import type { Redis } from 'ioredis';
import { createClient } from 'redis';
import { RedisServer, redisServer } from '../kit/redis-server';
import { describeWith } from '../kit/system-program';
import { until } from '../kit/until';
import { HubServer, quiet } from './hub-server';

// Channels that somebody listens to and nobody has published to.

describeWith(redisServer, 'a channel without messages', () => {
  let server: RedisServer;
  let admin: Redis;
  const open: HubServer[] = [];

  beforeAll(async () => {
    server = await RedisServer.start();
    admin = server.client();
  });
  beforeEach(() => admin.flushall());
  afterEach(() => Promise.all(open.splice(0).map((one) => one.close())));
  afterAll(async () => {
    admin.disconnect();
    await server.stop();
  });

  const start = async (more: Partial<Parameters<typeof redisBackplane>[0]> = {}) => {
    const client = createClient({ url: server.url });
    const backplane = redisBackplane({ client, checkInterval: 600_000, ...more });
    const served = await HubServer.start(createHub({ backplane, logger: quiet }));
    open.push(served);
    await until('clients are accepted', () => served.takesClients());
    return served;
  };
  const cursorOf = async (served: HubServer, name: string) => {
    const client = await served.connect([name]);
    client.leave();
    return JSON.parse(client.events()[0]?.data ?? '').cursor as string;
  };
  const from = async (served: HubServer, name: string, cursor: string, messages: number) => {
    const client = await served.connect([name], cursor);
    await client.until(({ data }) => data().length === messages);
    return client.events().map(({ event }) => event);
  };

  it('leaves no trace in Redis, whether it is polled, followed or left', async () => {
    const here = await start({ checkInterval: 100, idleTimeout: 100 });
    const clients = await Promise.all(Array.from({ length: 20 }, (_, i) => here.connect([`listened to ${i}`])));
    const urls = Array.from({ length: 100 }, (_, i) => `${here.url}?channel=polled-${i}&transport=poll&cursor=0`);
    for (const url of urls) expect((await fetch(url)).status).toBe(200);
    await until('connections are counted', async () => (await admin.dbsize()) > 0);
    // While somebody is connected, only the number of connections is kept.
    expect((await admin.keys('*')).filter((key) => !key.startsWith('pushwire:{listened to '))).toEqual([]);
    expect((await admin.keys('*')).filter((key) => !key.endsWith(':presence'))).toEqual([]);
    for (const client of clients) client.leave();
    await until('nothing is left', async () => (await admin.dbsize()) === 0);
  });

  it('answers a poll that another process holds with the cursor that its client sent', async () => {
    const [here, there] = [await start(), await start()];
    const cursor = await cursorOf(here, 'news');
    expect(await cursorOf(there, 'news')).not.toBe(cursor);
    const held = fetch(`${there.url}?channel=news&transport=long-poll&cursor=${cursor}`);
    await until('the poll is held', () => there.hub.stats().connections === 1);
    await here.publish('news', '1');
    const { from: place, gap, messages } = (await (await held).json()) as Record<string, unknown>;
    expect([place, gap, messages]).toEqual([cursor, undefined, [expect.objectContaining({ data: '1' })]]);
  });

  it('has cursors that are valid after the first message, on every process', async () => {
    const [here, there, later] = [await start(), await start(), await start()];
    const live = await there.connect(['news']);
    const cursor = await cursorOf(here, 'news');
    await here.publish('news', '1');
    await live.until(({ data }) => data().length === 1);
    expect(live.events().map(({ event }) => event)).toEqual(['pushwire:open', 'message']);
    for (const served of [here, there, later]) {
      expect(await from(served, 'news', cursor, 1)).toEqual(['pushwire:open', 'message']);
    }
    const both = await later.connect(['another', 'news'], cursor);
    await both.until(({ data }) => data().length === 1);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['was emptied', () => admin.flushall()],
    ['was emptied of this database', () => admin.flushdb()],
    [
      'has evicted something',
      async () => {
        await admin.set('evictable', 'x'.repeat(1000));
        await admin.config('SET', 'maxmemory-policy', 'allkeys-random', 'maxmemory', '1');
        await until('keys are evicted', async () => (await admin.dbsize()) === 0);
        await admin.config('SET', 'maxmemory-policy', 'noeviction', 'maxmemory', '0');
      },
    ],
  ])('has cursors that are a gap after a first message when Redis %s in between', async (_what, act) => {
    const [here, later] = [await start(), await start()];
    const cursor = await cursorOf(here, 'news');
    await here.publish('news', 'lost');
    await act();
    await later.publish('news', '1');
    expect(await from(later, 'news', cursor, 1)).toEqual(['pushwire:open', 'pushwire:gap', 'message']);
  });

  it('has cursors that are a gap when the messages have been forgotten', async () => {
    const [here, later] = [await start(), await start()];
    const cursor = await cursorOf(here, 'news');
    await here.publish('news', 'forgotten');
    await admin.del('pushwire:{news}:log');
    // As if the first messages had been published eleven minutes ago.
    const [seconds] = await admin.time();
    await later.publish('news', '1');
    await admin.hset('pushwire:{news}:log', 'began', (Number(seconds) + 660) * 1000);
    expect(await from(later, 'news', cursor, 1)).toEqual(['pushwire:open', 'pushwire:gap', 'message']);
  });

  it('can be followed by strangers without end, while publishes still find room', async () => {
    const here = await start({ maxPendingFollows: 5, maxPendingCommands: 5, timeout: 5000 });
    server.pause();
    const refused = Array.from({ length: 20 }, (_, i) => here.connect([`stranger ${i}`]));
    await until('strangers are turned away', () => here.hub.stats().refused.unavailable >= 15);
    const publishing = [here.publish('news', '1'), here.publish('news', '2')];
    server.resume();
    expect((await Promise.all(publishing)).map((id) => id.split('.')[1])).toEqual(['1', '2']);
    await Promise.all(refused);
  });
});

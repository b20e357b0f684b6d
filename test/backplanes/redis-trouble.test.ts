import { createHub, type HubOptions } from '@pushwire/core';
import { redisBackplane } from '@pushwire/redis';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { RedisServer, redisServer } from '../kit/redis-server';
import { describeWith } from '../kit/system-program';
import { until } from '../kit/until';
import { answers, HubServer } from './hub-server';

// Refusals of Redis, and interference by others.

type Options = Parameters<typeof redisBackplane>[0];

describeWith(redisServer, 'Redis in trouble', () => {
  let server: RedisServer;
  let admin: Redis;
  let reported: string[];
  const open: HubServer[] = [];

  beforeEach(async () => {
    server = await RedisServer.start();
    admin = server.client();
    reported = [];
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()));
    admin.disconnect();
    await server.stop();
  });

  const logger = {
    debug() {},
    info() {},
    error: (fields: object, sentence: string) =>
      reported.push(`${sentence}: ${(fields as { err: Error }).err.message}`),
  };
  const serve = async (client: Options['client'], more: Partial<Options> = {}, hub: HubOptions = {}) => {
    // The long interval rules out that a check finds the message.
    const backplane = redisBackplane({ client, checkInterval: 600_000, ...more });
    const served = await HubServer.start(createHub({ backplane, logger, ...hub }));
    open.push(served);
    return served;
  };
  const start = async (
    client: Options['client'] = createClient({ url: server.url }),
    more: Partial<Options> = {},
    hub: HubOptions = {},
  ) => {
    const served = await serve(client, more, hub);
    await until('Redis answers', () => answers(served.hub));
    return served;
  };

  it('that refuses many channels brings the others back at once, and those once it accepts them', async () => {
    const here = await start();
    const names = Array.from({ length: 40 }, (_, n) => `broken ${n}`);
    const clients = await Promise.all([...names, 'whole'].map((name) => here.connect([name])));
    const logs = names.map((name) => `pushwire:{${name}}:log`);
    await admin.mset(Object.fromEntries(logs.map((key) => [key, 'no hash'])));
    await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    const there = await start(new Redis({ port: server.port, lazyConnect: true }));
    await there.publish('whole', 'whole');
    await clients[40]?.until(({ data }) => data().length === 1);
    expect(reported.some((line) => line.includes('WRONGTYPE'))).toBe(true);
    await admin.del(logs);
    for (const name of names) await there.publish(name, name);
    await Promise.all(clients.map((client) => client.until(({ data }) => data().length === 1)));
  });

  it.each(['redis', 'ioredis'])('that announces a foreign message crashes no process with %s', async (library) => {
    const client = library === 'redis' ? createClient({ url: server.url }) : new Redis({ port: server.port });
    const here = await start(client);
    const seen = await here.connect(['news']);
    const id = await here.publish('news', '1');
    await seen.until(({ data }) => data().length === 1);
    await admin.publish('pushwire:{news}:announcements', `${id.slice(0, id.indexOf('.'))} 2 what is this`);
    await until('the error is reported', () => reported.length > 0);
    expect(reported[0]).toContain('Text in Redis is not a message of Pushwire');
    await here.publish('news', '2');
    await seen.until(({ data }) => data().length === 2);
    if ('disconnect' in client) client.disconnect();
  });

  it('that denies a user every Pub/Sub channel is reported to the app', async () => {
    await admin.call('ACL', 'SETUSER', 'deaf', 'on', '>secret', '~*', '+@all', 'resetchannels');
    const here = await start(createClient({ url: server.url, username: 'deaf', password: 'secret' }));
    const client = await here.connect(['news']);
    await client.ended;
    expect(reported).toEqual([expect.stringContaining('NOPERM')]);
    // The message is in the log before Redis refuses to announce it.
    await expect(here.publish('news', '1')).rejects.toMatchObject({ code: 'backplane-unconfirmed' });
    expect(await admin.hexists('pushwire:{news}:log', '1')).toBe(1);
  });

  it('that has no memory left publishes nothing', async () => {
    const here = await start();
    const seen = await here.connect(['news']);
    await here.publish('news', '1');
    await admin.config('SET', 'maxmemory', '1');
    await expect(here.publish('news', '2')).rejects.toMatchObject({ code: 'backplane-unavailable' });
    await admin.config('SET', 'maxmemory', '0');
    await here.publish('news', '3');
    await seen.until(({ data }) => data().length === 2);
    expect(seen.data()).toEqual(['1', '3']);
  });

  it.each(['redis', 'ioredis'])('has all messages published before a hub with %s was closed', async (library) => {
    const client =
      library === 'redis' ? createClient({ url: server.url }) : new Redis(server.port, { lazyConnect: true });
    const [here, there] = [await start(client, { checkInterval: 300 }), await start(undefined, { checkInterval: 300 })];
    const seen = await there.connect(['news']);
    await here.connect(['news']);
    await until(
      'both connections are counted',
      async () => (await there.hub.channel('news').reportedConnections()) === 2,
    );
    const publishing = Promise.all(Array.from({ length: 100 }, (_, n) => here.publish('news', `${n}`)));
    await here.hub.close();
    expect(await publishing).toHaveLength(100);
    await seen.until(({ data }) => data().length === 100);
    expect(await there.hub.channel('news').reportedConnections()).toBe(1);
  });

  it.each(['redis', 'ioredis'])(
    'that has not loaded the script keeps the order of messages from a hub with %s',
    async (library) => {
      const client =
        library === 'redis' ? createClient({ url: server.url }) : new Redis(server.port, { lazyConnect: true });
      const here = await start(client);
      const publishing: Promise<string>[] = [];
      for (let n = 1; n <= 200; n++) {
        publishing.push(here.publish('news', `${n}`));
        // Some replies arrive before the next commands are sent.
        if (n % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      const offsets = (await Promise.all(publishing)).map((id) => Number(id.split('.')[1]));
      expect(offsets).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
    },
  );

  it('keeps channels without a maximum age for ever', async () => {
    const here = await start(undefined, {}, { log: { age: Number.POSITIVE_INFINITY } });
    await here.connect(['news']);
    await here.publish('news', '1');
    await here.hub.channel('ended').end();
    await here.connect(['ended']);
    const kept = async (name: string) => (await admin.pttl(`pushwire:{${name}}:log`)) === -1;
    expect(await Promise.all(['news', 'ended'].map(kept))).toEqual([true, true]);
  });

  it('that is restored to an older state while it runs causes a gap', async () => {
    const [here, there] = [await start(), await start()];
    const client = await here.connect(['news']);
    for (const text of ['1', '2']) await there.publish('news', text);
    const saved = await admin.dumpBuffer('pushwire:{news}:log');
    for (const text of ['3', '4']) await there.publish('news', text);
    await client.until(({ data }) => data().length === 4);
    await admin.restore('pushwire:{news}:log', 0, saved as Buffer, 'REPLACE');
    await there.publish('news', 'another 3');
    await client.until(({ events }) => events().some(({ event }) => event === 'pushwire:gap'));
    const id = await there.publish('news', '5');
    await client.until(({ data }) => data().at(-1) === '5');
    expect(id).toMatch(/\.1$/);
    const gap = client.events().find(({ event }) => event === 'pushwire:gap');
    expect(JSON.parse(gap?.data ?? '').reason).toBe('epoch');
  });
});

import { createHub } from '@pushwire/core';
import { redisBackplane } from '@pushwire/redis';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { RedisServer, redisServer } from '../kit/redis-server';
import type { StreamClient } from '../kit/stream-client';
import { describeWith } from '../kit/system-program';
import { until } from '../kit/until';
import { answers, HubServer, quiet } from './hub-server';

// The effects on clients when Redis stops, loses data or is replaced.

const settings = { checkInterval: 500, timeout: 10_000 };
type More = Partial<Parameters<typeof redisBackplane>[0]>;

const libraries = {
  redis: ({ port }: RedisServer, more: More) =>
    redisBackplane({ client: createClient({ url: `redis://127.0.0.1:${port}` }), ...settings, ...more }),
  ioredis: ({ port }: RedisServer, more: More) =>
    redisBackplane({ client: new Redis({ port, lazyConnect: true }), ...settings, ...more }),
};

const kinds = (client: StreamClient) => client.events().map(({ event }) => event);
const gaps = (client: StreamClient) => client.events().filter(({ event }) => event === 'pushwire:gap');

describeWith(redisServer, 'a hub with a Redis backplane', () => {
  let server: RedisServer;
  const open: HubServer[] = [];

  beforeEach(async () => {
    server = await RedisServer.start();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()));
    await server.stop();
  });

  const start = async (library: keyof typeof libraries, more: More = {}, at = server) => {
    const hub = createHub({ backplane: libraries[library](at, more), logger: quiet, heartbeat: 100 });
    const served = await HubServer.start(hub);
    open.push(served);
    await until('Redis answers', () => answers(hub));
    return served;
  };
  /** Runs commands on Redis directly. */
  const byHand = async <T>(act: (client: Redis) => Promise<T>, at = server) => {
    const client = at.client();
    try {
      return await act(client);
    } finally {
      client.disconnect();
    }
  };
  const calls = async (command: string) => {
    const stats = await byHand((client) => client.info('commandstats'));
    return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
  };

  it('asks Redis once for a thousand clients that reconnect together', async () => {
    const [here, there] = [
      await start('redis', { checkInterval: 600_000, timeout: 60_000 }),
      await start('ioredis', { checkInterval: 600_000, timeout: 60_000 }),
    ];
    const first = await here.publish('news', '1');
    for (let n = 2; n <= 20; n++) await here.publish('news', `${n}`);
    const before = await calls('hmget');
    const clients = await Promise.all(Array.from({ length: 1000 }, () => there.connect(['news'], first)));
    for (const client of clients) await client.until(({ data }) => data().length === 19);
    expect((await calls('hmget')) - before).toBeLessThanOrEqual(2);
    for (const client of clients) client.leave();
  });

  describe.each(['redis', 'ioredis'] as const)('with %s', (library) => {
    it('keeps its clients while Redis is down, and asks new ones to come back', async () => {
      const here = await start(library);
      const client = await here.connect(['news']);
      await here.publish('news', '1');
      await client.until(({ data }) => data().length === 1);
      await server.kill();
      await until('the hub notices', async () => !(await answers(here.hub)));
      await expect(here.publish('news', '2')).rejects.toMatchObject({ code: 'backplane-unavailable' });
      const beatsOf = () => client.text().match(/^:$/gm)?.length ?? 0;
      const beats = beatsOf();
      await until('heartbeats arrive', () => beatsOf() > beats + 2);
      // Followed channels can be read from memory, others have to wait.
      const known = await here.connect(['news'], '0');
      await known.until(({ data }) => data().length === 1);
      const turnedAway = await here.connect(['others']);
      await turnedAway.ended;
      expect([turnedAway.status, kinds(turnedAway)]).toEqual([200, ['pushwire:retry']]);
      expect(turnedAway.text()).toContain('"reason":"unavailable"');
      const poll = await fetch(`${here.url}?channel=others&transport=long-poll&cursor=0`);
      expect([poll.status, poll.headers.get('retry-after')]).toEqual([503, '3']);
      expect([here.hub.stats().refused.unavailable, here.hub.stats().connections]).toEqual([2, 2]);
    });

    it('gets the messages others published meanwhile once it is back', async () => {
      const [here, there] = [await start(library), await start('redis')];
      const client = await here.connect(['news']);
      for (let round = 0; round < 3; round++) {
        await byHand((by) => by.call('CLIENT', 'KILL', 'TYPE', 'pubsub'));
        await byHand((by) => by.call('CLIENT', 'KILL', 'TYPE', 'normal'));
        await until('the other hub can publish', () =>
          there.publish('news', 'x').then(
            () => true,
            () => false,
          ),
        );
      }
      await until('the hub can publish', () =>
        there.publish('news', 'last').then(
          () => true,
          () => false,
        ),
      );
      await client.until(({ data }) => data().at(-1) === 'last');
      const offsets = client
        .events()
        .slice(1)
        .map(({ id }) => Number(id.split('.')[1]));
      expect(offsets).toEqual(offsets.map((_, i) => i + 1));
      expect(gaps(client)).toEqual([]);
    });

    it('does not wait for ever for a Redis that hangs', async () => {
      const here = await start(library, { timeout: 1000 });
      await here.connect(['news']);
      server.pause();
      await expect(here.publish('news', '1')).rejects.toMatchObject({ code: 'backplane-unconfirmed' });
      server.resume();
      await until('the hub can publish', () =>
        here.publish('news', '2').then(
          () => true,
          () => false,
        ),
      );
    });

    it.each([
      ['is emptied', async () => byHand((by) => by.flushall())],
      [
        'has lost its data in a restart',
        async () => {
          await server.kill();
          await server.forget();
          await server.run();
        },
      ],
      [
        'comes back with data that may be incomplete',
        async () => {
          await server.kill();
          await server.run();
        },
      ],
    ])('reports a gap when Redis %s', async (_what, act) => {
      const here = await start(library);
      const client = await here.connect(['news']);
      for (const text of ['1', '2', '3']) await here.publish('news', text);
      await client.until(({ data }) => data().length === 3);
      await act();
      await client.until((one) => gaps(one).length === 1);
      await until('the hub can publish', () =>
        here.publish('news', '4').then(
          () => true,
          () => false,
        ),
      );
      await client.until(({ data }) => data().length === 4);
      expect([client.data(), JSON.parse(gaps(client)[0]?.data ?? '').reason]).toEqual([['1', '2', '3', '4'], 'epoch']);
      const late = await here.connect(['news'], client.events()[3]?.id);
      await late.until(({ data }) => data().length === 1);
      expect([gaps(late).length, late.data()]).toEqual([1, ['4']]);
    });

    it('loses nothing when a durable Redis restarts', async () => {
      const here = await start(library, { durable: true });
      const client = await here.connect(['news']);
      const first = await here.publish('news', '1');
      await server.kill();
      await server.run();
      await until('the hub can publish', () =>
        here.publish('news', '2').then(
          () => true,
          () => false,
        ),
      );
      await client.until(({ data }) => data().length === 2);
      expect(gaps(client)).toEqual([]);
      expect(client.events().at(-1)?.id).toBe(first.replace(/1$/, '2'));
    });

    it('uses no offset twice when a lagging replica takes over', async () => {
      const replica = await RedisServer.start(['--replicaof', '127.0.0.1', String(server.port)]);
      try {
        const here = await start(library);
        const client = await here.connect(['news']);
        await here.publish('news', '1');
        await until('the replica follows', async () => (await byHand((by) => by.wait(1, 100))) === 1);
        await byHand((by) => by.replicaof('NO', 'ONE'), replica);
        const lost = await here.publish('news', 'acknowledged, and lost');
        await client.until(({ data }) => data().length === 2);
        await server.kill();
        // The replica takes over the server's address.
        await replica.kill();
        await replica.run(server.port, []);
        const other = await start('redis');
        const after = [await other.publish('news', '3'), await other.publish('news', '4')];
        await client.until(({ data }) => data().at(-1) === '4');
        expect([gaps(client).length, client.data()]).toEqual([1, ['1', 'acknowledged, and lost', '3', '4']]);
        expect(after).not.toContain(lost);
        const hopping = await other.connect(['news'], lost);
        await hopping.until(({ data }) => data().length === 2);
        expect([gaps(hopping).length, hopping.data()]).toEqual([1, ['3', '4']]);
      } finally {
        await replica.stop();
      }
    });

    it('stops following channels that nobody has used for a while', async () => {
      const here = await start(library, { idleTimeout: 100, maxIdleChannels: 2 });
      const heard = async () => (await byHand((by) => by.pubsub('CHANNELS', '*'))).length;
      const clients = await Promise.all(['a', 'b', 'c'].map((name) => here.connect([name])));
      expect(await heard()).toBe(3);
      for (const client of clients) client.leave();
      await until('the channels are no longer followed', async () => (await heard()) === 0);
    });

    it('follows no more unused channels than it may', async () => {
      const here = await start(library, { idleTimeout: 60_000, maxIdleChannels: 2 });
      const heard = async () => (await byHand((by) => by.pubsub('CHANNELS', '*'))).length;
      for (const name of ['a', 'b', 'c', 'd', 'e']) (await here.connect([name])).leave();
      await until(
        'the channels unused the longest are no longer followed',
        async () => here.hub.stats().connections === 0 && (await heard()) === 2,
      );
    });

    it('publishes as soon as it is created', async () => {
      const hub = createHub({ backplane: libraries[library](server, {}), logger: quiet });
      const ids = await Promise.all([hub.channel('news').publish('1'), hub.channel('news').publish('2')]);
      expect(ids.map((id) => id.split('.')[1])).toEqual(['1', '2']);
      await hub.close();
    });

    it('leaves nothing connected when its hub is closed right after it was created', async () => {
      const connected = async () =>
        (await byHand((by) => by.client('LIST') as Promise<string>)).trim().split('\n').length;
      const before = await connected();
      await createHub({ backplane: libraries[library](server, {}), logger: quiet }).close();
      // A connection that is still under way arrives before the next reply to this one.
      for (let n = 0; n < 20; n++) await connected();
      expect(await connected()).toBe(before);
    });

    it('leaves nothing connected when its hub is closed', async () => {
      const before = await byHand((by) => by.client('LIST') as Promise<string>);
      const here = await start(library);
      await here.connect(['news']);
      await here.hub.close();
      const connected = (list: string) => list.trim().split('\n').length;
      const now = () => byHand((by) => by.client('LIST') as Promise<string>);
      await until('the connections are closed', async () => connected(await now()) === connected(before));
    });
  });
});

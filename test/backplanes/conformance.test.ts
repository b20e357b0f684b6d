import { clusterBackplane } from '@pushwire/cluster';
import { type BackplaneFactory, createHub, type Hub, type HubOptions, memoryBackplane } from '@pushwire/core';
import { redisBackplane } from '@pushwire/redis';
import { Cluster, Redis } from 'ioredis';
import { createClient, createCluster } from 'redis';
import { Store, storeBackplane } from '../../examples/backplane';
import { BrokerProcess } from '../kit/broker-process';
import { allow, rightsOnCluster, rightsOnOneServer, user } from '../kit/redis-acl';
import { RedisCluster } from '../kit/redis-cluster';
import { RedisServer, redisServer } from '../kit/redis-server';
import { describeWith } from '../kit/system-program';
import { until } from '../kit/until';
import { answers, HubServer } from './hub-server';
import { conformsInReading } from './reading';
import { conformsInWriting } from './writing';

// The conformance suite of backplanes. Redis joins two hubs, memory is one hub under two names.

interface Joined {
  /** Starts two hubs that share their channels. */
  hubs(options?: HubOptions): Promise<readonly [Hub, Hub]>;
  close(): Promise<void>;
}

let names = 0;
/** A channel name of its own for each test, since a backplane is shared by all tests. */
const freshName = () => `channel ${++names} {of tests}`;

function conformance(name: string, start: () => Promise<Joined>) {
  describe(name, () => {
    let joined: Joined;
    const open: HubServer[] = [];
    const setUp = async (options?: HubOptions) => {
      const hubs = await joined.hubs(options);
      const [here, there] = await Promise.all(hubs.map((hub) => HubServer.start(hub)));
      open.push(here as HubServer, there as HubServer);
      for (const server of [here, there]) await until('clients are accepted', () => server?.takesClients());
      return { here: here as HubServer, there: there as HubServer, name: freshName() };
    };

    beforeAll(async () => {
      joined = await start();
    });
    afterEach(async () => {
      await Promise.all(open.splice(0).map((server) => server.close()));
    });
    afterAll(() => joined.close());

    it('counts the messages of each channel, whichever hub publishes them', async () => {
      const { here, there, name } = await setUp();
      const ids: string[] = [];
      for (const server of [here, there, here]) ids.push(await server.publish(name, 'x'));
      const [first = ''] = ids;
      const epoch = first.slice(0, first.indexOf('.'));
      expect(ids).toEqual([`${epoch}.1`, `${epoch}.2`, `${epoch}.3`]);
      const other = await there.publish(`${name} too`, 'x');
      expect([other.endsWith('.1'), other === first]).toEqual([true, false]);
    });

    it('gives each client everything once and in order, whichever hub publishes it', async () => {
      const { here, there, name } = await setUp();
      const clients = [await here.connect([name]), await there.connect([name])];
      for (let n = 1; n <= 50; n++) await [here, there][n % 2]?.publish(name, `${n}`);
      const all = Array.from({ length: 50 }, (_, i) => `${i + 1}`);
      for (const client of clients) {
        await client.until(({ data }) => data().length >= 50);
        expect(client.data()).toEqual(all);
      }
    });

    it('keeps the order of messages that are published without waiting', async () => {
      const { here, there, name } = await setUp();
      const client = await there.connect([name]);
      const all = Array.from({ length: 500 }, (_, i) => `${i}`);
      const ids = await Promise.all(all.map((text) => here.publish(name, text)));
      await client.until(({ data }) => data().length >= 500);
      expect(client.data()).toEqual(all);
      expect(
        client
          .events()
          .slice(1)
          .map(({ id }) => id),
      ).toEqual(ids);
    });

    it.each<[string, unknown, string]>([
      ['text', 'plain', 'plain'],
      ['text with lines and many scripts', 'two\nlines: 漢字 🙂 \u2028', 'two\nlines: 漢字 🙂 \u2028'],
      ['empty text', '', ''],
      ['a value', { a: [1, null, 'x\n'] }, '{"a":[1,null,"x\\n"]}'],
      ['bytes', Uint8Array.from([0, 255, 10, 13]), 'AP8KDQ=='],
    ])('carries %s, and its name', async (_what, data, seen) => {
      const { here, there, name } = await setUp();
      const client = await there.connect([name]);
      await here.publish(name, data, 'named ü');
      await client.until(({ events }) => events().length > 1);
      expect(client.events()[1]).toMatchObject({ event: 'named ü', data: seen });
    });

    it('carries a message of a megabyte', async () => {
      const { here, there, name } = await setUp();
      const client = await there.connect([name]);
      const text = 'x'.repeat(1024 * 1024);
      await here.publish(name, text);
      await client.until(({ data }) => data().length > 0);
      expect(client.data()[0]).toHaveLength(text.length);
    });

    it('lets a client continue on another hub from its cursor', async () => {
      const { here, there, name } = await setUp();
      const first = await here.connect([name]);
      const ids: string[] = [];
      for (let n = 1; n <= 5; n++) ids.push(await here.publish(name, `${n}`));
      first.leave();
      const next = await there.connect([name], ids[2]);
      expect(next.events().map(({ event }) => event)).toEqual(['pushwire:open', 'message', 'message']);
      await here.publish(name, '6');
      await next.until(({ data }) => data().length === 3);
      expect(next.data()).toEqual(['4', '5', '6']);
    });

    it('begins with the oldest kept message or with now, as the client asks', async () => {
      const { here, there, name } = await setUp();
      for (let n = 1; n <= 3; n++) await here.publish(name, `${n}`);
      const fromTheOldest = await there.connect([name], '0');
      await fromTheOldest.until(({ data }) => data().length === 3);
      expect(fromTheOldest.data()).toEqual(['1', '2', '3']);
      expect((await there.connect([name])).data()).toEqual([]);
    });

    it('reports a gap when the log has moved past a cursor', async () => {
      const { here, there, name } = await setUp({ log: { count: 10 } });
      const first = await here.publish(name, '0');
      for (let n = 1; n <= 40; n++) await here.publish(name, `${n}`);
      const client = await there.connect([name], first);
      await client.until(({ data }) => data().length === 10);
      const [, gap, ...messages] = client.events();
      expect(gap?.event).toBe('pushwire:gap');
      expect(JSON.parse(gap?.data ?? '')).toMatchObject({ reason: 'evicted', missed: 30 });
      expect(messages.map(({ data }) => data)).toEqual(Array.from({ length: 10 }, (_, i) => `${i + 31}`));
    });

    it.each([{ count: 0 }, { bytes: 0 }, { age: 0 }])(
      'delivers messages live when the log, with %j, keeps none',
      async (log) => {
        const { here, there, name } = await setUp({ log });
        const client = await there.connect([name]);
        const id = await here.publish(name, '1');
        await here.publish(name, '2');
        await client.until(({ data }) => data().length === 2);
        const late = await there.connect([name], id);
        await late.until(({ events }) => events().length === 2);
        expect(late.events().map(({ event }) => event)).toEqual(['pushwire:open', 'pushwire:gap']);
      },
    );

    it('keeps no message longer than its age', async () => {
      const { here, there, name } = await setUp({ log: { age: 300 } });
      const id = await here.publish(name, '1');
      await here.publish(name, '2');
      const readsOn = async () => {
        const client = await there.connect([name], id);
        await client.until(({ events }) => events().length > 1);
        return client.events()[1]?.event;
      };
      await until('the message is evicted', async () => (await readsOn()) === 'pushwire:gap');
      expect(await here.publish(name, '3')).toBe(id.replace(/1$/, '3'));
    });

    it('ends a channel for all clients and for good', async () => {
      const { here, there, name } = await setUp();
      const clients = [await here.connect([name]), await there.connect([name])];
      const id = await here.publish(name, 'last');
      await here.hub.channel(name).end();
      await here.hub.channel(name).end();
      for (const client of clients) {
        await client.ended;
        expect(client.events().map(({ event }) => event)).toEqual(['pushwire:open', 'message', 'pushwire:end']);
      }
      for (const server of [here, there]) {
        await expect(server.publish(name, 'x')).rejects.toMatchObject({ code: 'channel-ended' });
        expect((await server.connect([name], id)).status).toBe(204);
      }
    });

    it('carries several channels on one connection, with one cursor', async () => {
      const { here, there, name } = await setUp();
      const both = [name, freshName()];
      const first = await here.connect(both);
      await here.publish(both[0] as string, 'a1');
      await there.publish(both[1] as string, 'b1');
      await first.until(({ data }) => data().length === 2);
      const cursor = first.events().at(-1)?.id;
      first.leave();
      await here.publish(both[1] as string, 'b2');
      await here.publish(both[0] as string, 'a2');
      const next = await there.connect(both, cursor);
      await next.until(({ data }) => data().length === 2);
      expect(next.data().sort()).toEqual(['a2', 'b2']);
    });

    it('reports a gap for a cursor of another life', async () => {
      const { here, there, name } = await setUp();
      await here.publish(name, '1');
      const client = await there.connect([name], 'anotherX.1');
      await client.until(({ data }) => data().length === 1);
      const gap = JSON.parse(client.events()[1]?.data ?? '');
      expect([gap.reason, client.data()]).toEqual(['epoch', ['1']]);
    });

    it('estimates the number of connections of a channel', async () => {
      const { here, there, name } = await setUp();
      for (const server of [here, there, there]) await server.connect([name]);
      await until(
        'all connections are counted',
        async () => (await here.hub.channel(name).reportedConnections()) === 3,
      );
      expect(await here.hub.channel(`${name} of nobody`).reportedConnections()).toBe(0);
    });

    it('leaves out the connection that a message names, whichever hub publishes it', async () => {
      const { here, there, name } = await setUp();
      const [one, two] = [await here.connect([name]), await there.connect([name])];
      const [connection] = [...here.hub.connections()].filter(({ channels }) => channels.includes(name));
      const except = connection?.id as string;
      for (const [n, { hub }] of [there, here].entries()) {
        await hub.channel(name).publish({ n }, { event: 'tick', except });
        await hub.channel(name).publish(Buffer.from([n]), { except });
        await hub.channel(name).publish(`from ${n}`, { except });
      }
      const id = await there.publish(name, 'for all');
      await Promise.all([one, two].map((client) => client.until(({ data }) => data().includes('for all'))));
      expect(one.data()).toEqual(['for all']);
      expect(two.data()).toEqual(['{"n":0}', 'AA==', 'from 0', '{"n":1}', 'AQ==', 'from 1', 'for all']);
      const late = await there.connect([name], '0');
      await late.until(({ data }) => data().length === 7);
      expect(late.events().at(-1)).toMatchObject({ id, data: 'for all' });
    });

    conformsInReading(setUp);
    conformsInWriting(setUp);

    it('closes with its hub', async () => {
      const { here, name } = await setUp();
      const { ready, backplane } = here.hub.health();
      expect([ready, backplane.reachable, backplane.since]).toEqual([true, true, here.hub.stats().backplane.since]);
      await here.hub.close();
      expect(here.hub.health().ready).toBe(false);
      await expect(here.publish(name, 'x')).rejects.toMatchObject({ code: 'hub-closed' });
    });
  });
}

conformance('memory', async () => ({
  async hubs(options) {
    const hub = createHub({ backplane: memoryBackplane(), ...options });
    return [hub, hub];
  },
  async close() {},
}));

conformance('the example of the guide', async () => {
  const store = new Store();
  return {
    async hubs(options) {
      const make = () => createHub({ backplane: storeBackplane(store), ...options });
      return [make(), make()];
    },
    async close() {},
  };
});

conformance('a broker', async () => {
  const broker = await BrokerProcess.start();
  return {
    async hubs(options) {
      const make = () => createHub({ backplane: clusterBackplane({ path: broker.path }), ...options });
      return [make(), make()];
    },
    close: () => broker.stop(),
  };
});

describeWith(redisServer, 'Redis', () => {
  const joinedBy = (backplane: () => BackplaneFactory, close: () => Promise<void>): Joined => ({
    async hubs(options) {
      const make = () => createHub({ backplane: backplane(), ...options });
      const hubs = [make(), make()] as const;
      for (const hub of hubs) await until('Redis answers', () => answers(hub));
      return hubs;
    },
    close,
  });
  const settings = { checkInterval: 200 };
  /** The suite runs as the user with the least rights. */
  const prepare = async (servers: readonly RedisServer[], rights: readonly string[]) => {
    for (const server of servers) {
      const admin = server.client();
      await allow(admin, rights);
      admin.disconnect();
    }
  };
  const onCluster = [...rightsOnOneServer, ...rightsOnCluster];

  conformance('one server with redis', async () => {
    const server = await RedisServer.start();
    await prepare([server], rightsOnOneServer);
    const client = createClient({ url: server.url, ...user });
    return joinedBy(
      () => redisBackplane({ client, ...settings }),
      () => server.stop(),
    );
  });

  conformance('one server with ioredis', async () => {
    const server = await RedisServer.start();
    await prepare([server], rightsOnOneServer);
    const client = new Redis(server.port, { ...user, lazyConnect: true });
    return joinedBy(
      () => redisBackplane({ client, ...settings }),
      () => server.stop(),
    );
  });

  conformance('a cluster with redis', async () => {
    const cluster = await RedisCluster.start();
    await prepare(cluster.servers, onCluster);
    const rootNodes = cluster.nodes.map(({ host, port }) => ({ url: `redis://${host}:${port}`, ...user }));
    const client = createCluster({ rootNodes, defaults: user });
    return joinedBy(
      () => redisBackplane({ client, ...settings }),
      () => cluster.stop(),
    );
  });

  conformance('a cluster with ioredis', async () => {
    const cluster = await RedisCluster.start();
    await prepare(cluster.servers, onCluster);
    const client = new Cluster([...cluster.nodes], { redisOptions: user, lazyConnect: true });
    return joinedBy(
      () => redisBackplane({ client, ...settings }),
      () => cluster.stop(),
    );
  });
});

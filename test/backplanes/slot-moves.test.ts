import { createHub, type State } from '@pushwire/core';
import { redisBackplane } from '@pushwire/redis';
import { Cluster } from 'ioredis';
import { createCluster } from 'redis';
import { RedisCluster } from '../kit/redis-cluster';
import { redisServer } from '../kit/redis-server';
import type { StreamClient } from '../kit/stream-client';
import { describeWith } from '../kit/system-program';
import { until } from '../kit/until';
import { HubServer, quiet } from './hub-server';
import { StateReader } from './state-reader';

// A slot of a cluster that moves from one master to another, while its channels are used.

// The package has no types.
const slotOf: (key: string) => number = require('cluster-key-slot');

// The long interval rules out that a check finds the message.
const settings = { checkInterval: 600_000, timeout: 2000 };

const libraries = {
  redis: ({ nodes }: RedisCluster) =>
    createCluster({ rootNodes: nodes.map(({ host, port }) => ({ url: `redis://${host}:${port}` })) }),
  ioredis: ({ nodes }: RedisCluster) => new Cluster([...nodes], { lazyConnect: true }),
};

const kinds = (client: StreamClient) => client.events().map(({ event }) => event);

describeWith(redisServer, 'a slot of a cluster that moves', () => {
  let cluster: RedisCluster;
  const open: HubServer[] = [];

  beforeAll(async () => {
    cluster = await RedisCluster.start();
  });
  afterEach(() => Promise.all(open.splice(0).map((one) => one.close())));
  afterAll(() => cluster.stop());

  const start = async (library: keyof typeof libraries) => {
    const client = libraries[library](cluster);
    const served = await HubServer.start(
      createHub({ logger: quiet, backplane: redisBackplane({ client, ...settings }) }),
    );
    open.push(served);
    await until('clients are accepted', () => served.takesClients());
    return served;
  };
  const move = (name: string) => {
    const slot = slotOf(name);
    const from = cluster.ownerOf(slot);
    return [slot, from, (from + 1) % 3] as const;
  };

  describe.each(['redis', 'ioredis'] as const)('with %s', (library) => {
    // The readers of other channels have connections to all masters.
    const connectToAll = (served: HubServer) => served.connect(Array.from({ length: 20 }, (_, i) => `other ${i}`));

    it('lets every channel be published to, and loses and repeats nothing', async () => {
      const [here, there] = [await start(library), await start(library)];
      const name = `moving with ${library}`;
      const way = move(name);
      await connectToAll(there);
      const reader = await there.connect([name]);
      const ids = [await here.publish(name, '1')];
      await reader.until(({ data }) => data().length === 1);
      await cluster.openSlot(...way);
      ids.push(await here.publish(name, '2'));
      await reader.until(({ data }) => data().length === 2);
      await cluster.migrateKeys(...way);
      // The log is where nobody can subscribe yet.
      ids.push(await here.publish(name, '3'));
      await reader.until(({ data }) => data().length === 3);
      const late = await here.connect([name], ids[0]);
      await late.until(({ data }) => data().length === 2);
      await cluster.closeSlot(...way);
      ids.push(await here.publish(name, '4'));
      await reader.until(({ data }) => data().length === 4);
      expect(ids).toEqual(ids.map((_, i) => ids[0]?.replace(/1$/, `${i + 1}`)));
      expect([kinds(reader).includes('pushwire:gap'), kinds(late).includes('pushwire:gap')]).toEqual([false, false]);
    });

    it('lets a state be written to, and loses nothing', async () => {
      const [here, there] = [await start(library), await start(library)];
      const name = `state with ${library}`;
      const way = move(`pushwire:state:${name}`);
      const states = [here, there].map(({ hub }) => hub.state(name)) as [State<unknown>, State<unknown>];
      await connectToAll(there);
      const reader = new StateReader();
      await reader.connect(there.url, name);
      const id = await states[0].set('a', 1);
      await states[1].set('b', 1);
      await reader.shows({ a: 1, b: 1 });
      await cluster.openSlot(...way);
      await states[0].delete('b');
      await reader.shows({ a: 1 });
      await cluster.migrateKeys(...way);
      // The log is where nobody can subscribe yet.
      await states[0].set('a', 2, { ifId: id });
      await states[1].patch('c', { d: 1 });
      await reader.shows({ a: 2, c: { d: 1 } });
      await cluster.closeSlot(...way);
      await states[1].set('b', 3, { ifId: null });
      await reader.shows({ a: 2, b: 3, c: { d: 1 } });
      expect((await states[0].entries()).map(({ key }) => key)).toEqual(['a', 'c', 'b']);
      expect(reader.gaps).toBe(0);
      await states[0].clear();
      await reader.shows({});
      reader.leave();
    });

    it('lets a channel be deleted, and tells its followers', async () => {
      const [here, there] = [await start(library), await start(library)];
      const name = `deleted with ${library}`;
      const way = move(name);
      await connectToAll(there);
      const reader = await there.connect([name]);
      await here.publish(name, '1');
      await reader.until(({ data }) => data().length === 1);
      await cluster.openSlot(...way);
      await here.hub.channel(name).delete();
      await reader.until(() => kinds(reader).includes('pushwire:end'));
      await cluster.migrateKeys(...way);
      await cluster.closeSlot(...way);
      expect(await here.publish(name, '2')).toMatch(/\.1$/);
    });

    it('lets new channels be published to, on the server that gets them', async () => {
      const [here, there] = [await start(library), await start(library)];
      const name = `new with ${library}`;
      const way = move(name);
      await cluster.openSlot(...way);
      const reader = await there.connect([name]);
      for (const text of ['1', '2']) await here.publish(name, text);
      await reader.until(({ data }) => data().length === 2);
      await cluster.migrateKeys(...way);
      await cluster.closeSlot(...way);
      await here.publish(name, '3');
      await reader.until(({ data }) => data().length === 3);
      expect(kinds(reader)).not.toContain('pushwire:gap');
    });
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import { createHub, type Hub } from '@pushwire/core';
import { redisBackplane } from '@pushwire/redis';
import { Cluster, Redis } from 'ioredis';
import { patience } from '../../packages/redis/src/states/redis-holds';
import { RedisCluster } from '../kit/redis-cluster';
import { RedisServer, redisServer } from '../kit/redis-server';
import { describeWith } from '../kit/system-program';
import { until } from '../kit/until';
import { answers, HubServer, quiet } from './hub-server';
import { PausableClock } from './pausable-clock';
import { StateReader } from './state-reader';

// The package has no types.
const slotOf: (key: string) => number = require('cluster-key-slot');

// The long interval rules out that a check finds the message.
const settings = { checkInterval: 600_000, timeout: 2000 };
const lease = 3000;

/** A hub that can be killed, as far as others can see. */
interface Node {
  readonly hub: Hub;
  readonly clock: PausableClock;
}

/** One presence in some hubs, with readers of it. */
class Scene {
  readonly room = `room ${Math.random()}`;
  readonly #nodes: Node[] = [];
  readonly #servers: HubServer[] = [];
  readonly #readers: StateReader[] = [];

  constructor(readonly client: () => Redis | Cluster) {}

  async start(limits: object = {}): Promise<Node> {
    const clock = new PausableClock();
    const presence = { grace: 500, lease, ...limits };
    const backplane = redisBackplane({ client: this.client(), ...settings });
    const node = { clock, hub: createHub({ logger: quiet, clock, presence, backplane }) };
    this.#nodes.push(node);
    await until('Redis answers', () => answers(node.hub));
    return node;
  }

  async read({ hub }: Node): Promise<StateReader> {
    const served = await HubServer.start(hub);
    this.#servers.push(served);
    await until('clients are accepted', () => served.takesClients());
    const reader = new StateReader('presence');
    this.#readers.push(reader);
    await reader.connect(served.url, this.room);
    return reader;
  }

  join({ hub }: Node, id: string, data: unknown = 1): () => void {
    return hub.presence(this.room).join(id, data);
  }

  async idsOf({ hub }: Node): Promise<string> {
    const members = await hub.presence(this.room).members();
    return members
      .map(({ id }) => id)
      .sort()
      .join();
  }

  async end(): Promise<void> {
    for (const reader of this.#readers) reader.leave();
    for (const { clock } of this.#nodes) clock.resume();
    for (const one of this.#servers) await one.close();
    for (const { hub } of this.#nodes) await hub.close();
  }
}

async function flush(server: RedisServer): Promise<void> {
  const admin = server.client();
  await admin.flushall();
  admin.disconnect();
}

/** Plays a scene on a server of its own. Most wait for leases, so that all can be played at once. */
const playing = (act: (scene: Scene, server: RedisServer) => Promise<void>) => async () => {
  const server = await RedisServer.start();
  const scene = new Scene(() => new Redis(server.port, { lazyConnect: true }));
  try {
    await act(scene, server);
  } finally {
    await scene.end();
    await server.stop();
  }
};

describeWith(redisServer, 'presences of several hubs over Redis', () => {
  it.concurrent(
    'have a member of two processes until it has left both',
    playing(async (scene) => {
      const [a, b, c] = [await scene.start(), await scene.start(), await scene.start()];
      const reader = await scene.read(c);
      const leaves = [scene.join(a, 'anna'), scene.join(b, 'anna'), scene.join(b, 'bert')];
      await reader.shows({ anna: 1, bert: 1 });
      leaves[1]?.();
      await sleep(1000);
      expect([reader.shown, await c.hub.presence(scene.room).count()]).toEqual([{ anna: 1, bert: 1 }, 2]);
      b.hub.presence(scene.room).update('bert', { n: 2 });
      leaves[0]?.();
      await reader.shows({ bert: { n: 2 } });
      expect(reader.changes.toSorted()).toEqual(['-anna', 'anna', 'bert', 'bert']);
    }),
  );

  it.concurrent(
    'update a member from any process, and keep that over reloads, losses of Redis and deaths',
    playing(async (scene, server) => {
      const [a, b, c] = [await scene.start(), await scene.start(), await scene.start()];
      const reader = await scene.read(c);
      const update = ({ hub }: Node, id: string, data: unknown) => hub.presence(scene.room).update(id, data);
      expect(await update(b, 'anna', 2)).toBe(false);
      const leave = scene.join(a, 'anna');
      await reader.shows({ anna: 1 });
      expect(await Promise.all([update(b, 'anna', 2), update(b, 'bert', 2)])).toEqual([true, false]);
      await reader.shows({ anna: 2 });
      // Another tab, a page that is loaded again by another process, and a process that was stopped.
      scene.join(c, 'anna')();
      leave();
      await sleep(200);
      scene.join(a, 'anna');
      await sleep(1000);
      expect(reader.changes).toEqual(['anna', 'anna']);
      a.clock.pause();
      await reader.shows({});
      a.clock.resume();
      await reader.shows({ anna: 2 });
      expect([await update(a, 'anna', 1), await update(c, 'anna', 3)]).toEqual([true, true]);
      await reader.shows({ anna: 3 });
      // Its process has learned of it with its next renewal, and says it again where Redis has lost it.
      await sleep(lease);
      await flush(server);
      await reader.hasGap();
      await reader.shows({ anna: 3 });
      scene.join(b, 'anna')();
      await sleep(lease);
      expect(reader.shown).toEqual({ anna: 3 });
    }),
  );

  it.concurrent(
    'let members in that wait for room, whoever has left',
    playing(async (scene) => {
      const [a, b] = [await scene.start({ members: 2 }), await scene.start({ members: 2 })];
      const reader = await scene.read(b);
      const leave = scene.join(a, 'anna');
      scene.join(a, 'bert');
      await reader.shows({ anna: 1, bert: 1 });
      scene.join(b, 'carl');
      scene.join(b, 'dora');
      expect(await b.hub.presence(scene.room).update('carl', 2)).toBe(false);
      leave();
      await reader.shows({ bert: 1, carl: 2 });
    }),
  );

  it.concurrent(
    'see no page leave that is loaded again from another process',
    playing(async (scene) => {
      const [a, b] = [await scene.start(), await scene.start()];
      const reader = await scene.read(b);
      let leave = scene.join(a, 'anna');
      await reader.shows({ anna: 1 });
      for (const node of [b, a, b, a]) {
        leave();
        await sleep(200);
        leave = scene.join(node, 'anna');
        await sleep(400);
      }
      expect([reader.changes, reader.gaps]).toEqual([['anna'], 0]);
    }),
  );

  it.concurrent(
    'lose the members of a dead process within the lease, and no others',
    playing(async (scene) => {
      const [a, b, c] = [await scene.start(), await scene.start(), await scene.start()];
      const reader = await scene.read(c);
      for (const id of ['anna', 'bert']) scene.join(a, id);
      const leave = scene.join(b, 'bert', 1);
      await reader.shows({ anna: 1, bert: 1 });
      a.clock.pause();
      await reader.shows({ bert: 1 });
      // Now nobody is left who could find out but those who look.
      leave();
      scene.join(b, 'carl');
      await reader.shows({ carl: 1 });
      b.clock.pause();
      await until('nobody is read', async () => (await scene.idsOf(c)) === '');
      await reader.shows({});
      expect(reader.gaps).toBe(0);
    }),
  );

  it.concurrent(
    'are told to a follower alone, when the last process is dead',
    playing(async (scene) => {
      const [a, b] = [await scene.start(), await scene.start()];
      const reader = await scene.read(b);
      scene.join(a, 'anna');
      await reader.shows({ anna: 1 });
      a.clock.pause();
      await reader.shows({});
      // It was only paused, and is there again.
      scene.join(a, 'bert');
      a.clock.resume();
      await reader.shows({ anna: 1, bert: 1 });
      expect(reader.changes.toSorted()).toEqual(['-anna', 'anna', 'anna', 'bert']);
    }),
  );

  it.concurrent(
    'that have names for some processes and not for others are right for both',
    playing(async (scene) => {
      const [named, counted] = [await scene.start(), await scene.start({ names: false })];
      const [names, numbers] = [await scene.read(named), await scene.read(counted)];
      for (const id of ['anna', 'bert']) scene.join(counted, id);
      await numbers.shows({ count: 2 });
      scene.join(named, 'cara');
      await names.shows({ cara: 1 });
      expect(await scene.idsOf(named)).toEqual('cara');
      const counts = [named, counted].map(({ hub }) => hub.presence(scene.room).count());
      expect(await Promise.all(counts)).toEqual([1, 2]);
    }),
  );

  it.concurrent(
    'show the number alone, where names are not wanted',
    playing(async (scene) => {
      const names = { names: false };
      const [a, b, c] = [await scene.start(names), await scene.start(names), await scene.start(names)];
      const reader = await scene.read(c);
      const leave = scene.join(a, 'anna');
      for (const id of ['anna', 'bert']) scene.join(b, id);
      await reader.shows({ count: 2 });
      leave();
      await sleep(800);
      expect(await c.hub.presence(scene.room).count()).toBe(2);
      b.clock.pause();
      await reader.shows({});
      expect(await c.hub.presence(scene.room).count()).toBe(0);
    }),
  );

  it.concurrent(
    'stay for a while when a process closes, so that others take them over',
    playing(async (scene) => {
      const [a, b] = [await scene.start(), await scene.start()];
      const reader = await scene.read(b);
      for (const id of ['anna', 'bert']) scene.join(a, id);
      await reader.shows({ anna: 1, bert: 1 });
      await a.hub.close();
      scene.join(b, 'anna');
      await reader.shows({ anna: 1 });
      expect(reader.changes).toEqual(['anna', 'bert', '-bert']);
    }),
  );

  const comeBack = (lose: (server: RedisServer) => Promise<unknown>) =>
    playing(async (scene, server) => {
      const [a, b, c] = [await scene.start(), await scene.start(), await scene.start()];
      const reader = await scene.read(c);
      for (const id of ['anna', 'bert']) scene.join(a, id);
      const leave = scene.join(b, 'bert');
      scene.join(b, 'carl');
      await reader.shows({ anna: 1, bert: 1, carl: 1 });
      await lose(server);
      leave();
      await until('all are there', async () => (await scene.idsOf(c).catch(() => '')) === 'anna,bert,carl');
      await reader.shows({ anna: 1, bert: 1, carl: 1 });
      b.hub.presence(scene.room).update('carl', 2);
      await reader.shows({ anna: 1, bert: 1, carl: 2 });
    });

  it.concurrent(
    'come back when Redis was emptied',
    comeBack((server) => flush(server)),
  );

  it.concurrent(
    'come back when Redis has lost all data',
    comeBack(async (server) => {
      await server.kill();
      await server.forget();
      await server.run();
    }),
  );

  it.concurrent(
    'lose nobody when Redis is restarted with its data, however long it was away',
    playing(async (scene, server) => {
      const [a, b, c] = [await scene.start(), await scene.start(), await scene.start()];
      const reader = await scene.read(c);
      scene.join(a, 'anna');
      scene.join(b, 'bert');
      await reader.shows({ anna: 1, bert: 1 });
      await server.kill();
      await sleep(lease);
      await server.run();
      await until('they are read', async () => (await scene.idsOf(c).catch(() => '')) === 'anna,bert');
      // All have come back by then, and nobody waits for another any more.
      await sleep(patience + 1000);
      expect(await scene.idsOf(c)).toBe('anna,bert');
      await reader.shows({ anna: 1, bert: 1 });
      expect(reader.changes.filter((change) => change.startsWith('-'))).toEqual([]);
    }),
  );

  it.concurrent(
    'lose nobody when Redis is paused for longer than the lease',
    playing(async (scene, server) => {
      const [a, b, c] = [await scene.start(), await scene.start(), await scene.start()];
      const reader = await scene.read(c);
      scene.join(a, 'anna');
      scene.join(b, 'bert');
      await reader.shows({ anna: 1, bert: 1 });
      server.pause();
      await sleep(lease * 2);
      server.resume();
      await sleep(patience + 1000);
      expect([await scene.idsOf(c), reader.changes]).toEqual(['anna,bert', ['anna', 'bert']]);
    }),
  );

  it.concurrent('lose and repeat nothing while their slot moves, and find out who is dead', async () => {
    const cluster = await RedisCluster.start();
    const scene = new Scene(() => new Cluster([...cluster.nodes], { lazyConnect: true }));
    try {
      const [a, b, c] = [await scene.start(), await scene.start(), await scene.start()];
      const reader = await scene.read(c);
      scene.join(a, 'anna');
      await reader.shows({ anna: 1 });
      const slot = slotOf(`{pushwire:presence:${scene.room}}`);
      const from = cluster.ownerOf(slot);
      const way = [slot, from, (from + 1) % 3] as const;
      await cluster.openSlot(...way);
      scene.join(b, 'bert');
      await reader.shows({ anna: 1, bert: 1 });
      await cluster.migrateKeys(...way);
      scene.join(b, 'carl');
      await reader.shows({ anna: 1, bert: 1, carl: 1 });
      await cluster.closeSlot(...way);
      b.hub.presence(scene.room).update('carl', 2);
      await reader.shows({ anna: 1, bert: 1, carl: 2 });
      expect([reader.gaps, reader.changes.filter((change) => change.startsWith('-'))]).toEqual([0, []]);
      b.clock.pause();
      await reader.shows({ anna: 1 });
      await sleep(lease);
      expect(await scene.idsOf(c)).toBe('anna');
    } finally {
      await scene.end();
      await cluster.stop();
    }
  });
});

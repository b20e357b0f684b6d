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

jest.setTimeout(60_000);

describeWith(redisServer, 'presences of several hubs over Redis', () => {
  let server: RedisServer;
  let room = '';
  const nodes: Node[] = [];
  const servers: HubServer[] = [];
  const readers: StateReader[] = [];

  beforeAll(async () => {
    server = await RedisServer.start();
  }, 60_000);
  beforeEach(() => {
    room = `room ${Math.random()}`;
  });
  afterEach(async () => {
    for (const reader of readers.splice(0)) reader.leave();
    for (const { clock } of nodes) clock.resume();
    for (const one of servers.splice(0)) await one.close();
    for (const { hub } of nodes.splice(0)) await hub.close();
  });
  afterAll(() => server.stop());

  const start = async (
    limits: object = {},
    client: Redis | Cluster = new Redis(server.port, { lazyConnect: true }),
  ) => {
    const clock = new PausableClock();
    const presence = { grace: 500, lease, ...limits };
    const backplane = redisBackplane({ client, ...settings });
    const node = { clock, hub: createHub({ logger: quiet, clock, presence, backplane }) };
    nodes.push(node);
    await until('Redis answers', () => answers(node.hub));
    return node;
  };
  const read = async ({ hub }: Node) => {
    const served = await HubServer.start(hub);
    servers.push(served);
    await until('clients are accepted', () => served.takesClients());
    const reader = new StateReader('presence');
    readers.push(reader);
    await reader.connect(served.url, room);
    return reader;
  };
  const join = ({ hub }: Node, id: string, data: unknown = 1) => hub.presence(room).join(id, data);
  const idsOf = async ({ hub }: Node) =>
    (await hub.presence(room).members())
      .map(({ id }) => id)
      .sort()
      .join();

  it('have a member of two processes until it has left both', async () => {
    const [a, b, c] = [await start(), await start(), await start()];
    const reader = await read(c);
    const leaves = [join(a, 'anna'), join(b, 'anna'), join(b, 'bert')];
    await reader.shows({ anna: 1, bert: 1 });
    leaves[1]?.();
    await sleep(1000);
    expect([reader.shown, await c.hub.presence(room).count()]).toEqual([{ anna: 1, bert: 1 }, 2]);
    b.hub.presence(room).update('bert', { n: 2 });
    leaves[0]?.();
    await reader.shows({ bert: { n: 2 } });
    expect(reader.changes.toSorted()).toEqual(['-anna', 'anna', 'bert', 'bert']);
  });

  it('update a member from any process, and keep that over reloads, losses of Redis and deaths', async () => {
    const [a, b, c] = [await start(), await start(), await start()];
    const reader = await read(c);
    const update = ({ hub }: Node, id: string, data: unknown) => hub.presence(room).update(id, data);
    expect(await update(b, 'anna', 2)).toBe(false);
    const leave = join(a, 'anna');
    await reader.shows({ anna: 1 });
    expect(await Promise.all([update(b, 'anna', 2), update(b, 'bert', 2)])).toEqual([true, false]);
    await reader.shows({ anna: 2 });
    // Another tab, a page that is loaded again by another process, and a process that was stopped.
    join(c, 'anna')();
    leave();
    await sleep(200);
    join(a, 'anna');
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
    await server.client().flushall();
    await reader.hasGap();
    await reader.shows({ anna: 3 });
    join(b, 'anna')();
    await sleep(lease);
    expect(reader.shown).toEqual({ anna: 3 });
  });

  it('let members in that wait for room, whoever has left', async () => {
    const [a, b] = [await start({ members: 2 }), await start({ members: 2 })];
    const reader = await read(b);
    const leave = join(a, 'anna');
    join(a, 'bert');
    await reader.shows({ anna: 1, bert: 1 });
    join(b, 'carl');
    join(b, 'dora');
    expect(await b.hub.presence(room).update('carl', 2)).toBe(false);
    leave();
    await reader.shows({ bert: 1, carl: 2 });
  });

  it('see no page leave that is loaded again from another process', async () => {
    const [a, b] = [await start(), await start()];
    const reader = await read(b);
    let leave = join(a, 'anna');
    await reader.shows({ anna: 1 });
    for (const node of [b, a, b, a]) {
      leave();
      await sleep(200);
      leave = join(node, 'anna');
      await sleep(400);
    }
    expect([reader.changes, reader.gaps]).toEqual([['anna'], 0]);
  });

  it('lose the members of a dead process within the lease, and no others', async () => {
    const [a, b, c] = [await start(), await start(), await start()];
    const reader = await read(c);
    for (const id of ['anna', 'bert']) join(a, id);
    const leave = join(b, 'bert', 1);
    await reader.shows({ anna: 1, bert: 1 });
    a.clock.pause();
    await reader.shows({ bert: 1 });
    // Now nobody is left who could find out but those who look.
    leave();
    join(b, 'carl');
    await reader.shows({ carl: 1 });
    b.clock.pause();
    await until('nobody is read', async () => (await idsOf(c)) === '');
    await reader.shows({});
    expect(reader.gaps).toBe(0);
  });

  it('are told to a follower alone, when the last process is dead', async () => {
    const [a, b] = [await start(), await start()];
    const reader = await read(b);
    join(a, 'anna');
    await reader.shows({ anna: 1 });
    a.clock.pause();
    await reader.shows({});
    // It was only paused, and is there again.
    join(a, 'bert');
    a.clock.resume();
    await reader.shows({ anna: 1, bert: 1 });
    expect(reader.changes.toSorted()).toEqual(['-anna', 'anna', 'anna', 'bert']);
  });

  it('show the number alone, where names are not wanted', async () => {
    const names = { names: false };
    const [a, b, c] = [await start(names), await start(names), await start(names)];
    const reader = await read(c);
    const leave = join(a, 'anna');
    for (const id of ['anna', 'bert']) join(b, id);
    await reader.shows({ count: 2 });
    leave();
    await sleep(800);
    expect(await c.hub.presence(room).count()).toBe(2);
    b.clock.pause();
    await reader.shows({});
    expect(await c.hub.presence(room).count()).toBe(0);
  });

  it('stay for a while when a process closes, so that others take them over', async () => {
    const [a, b] = [await start(), await start()];
    const reader = await read(b);
    for (const id of ['anna', 'bert']) join(a, id);
    await reader.shows({ anna: 1, bert: 1 });
    await a.hub.close();
    join(b, 'anna');
    await reader.shows({ anna: 1 });
    expect(reader.changes).toEqual(['anna', 'bert', '-bert']);
  });

  it.each([
    ['was emptied', () => server.client().flushall()],
    [
      'has lost all data',
      async () => {
        await server.kill();
        await server.forget();
        await server.run();
      },
    ],
  ])('come back when Redis %s', async (_, lose) => {
    const [a, b, c] = [await start(), await start(), await start()];
    const reader = await read(c);
    for (const id of ['anna', 'bert']) join(a, id);
    const leave = join(b, 'bert');
    join(b, 'carl');
    await reader.shows({ anna: 1, bert: 1, carl: 1 });
    await lose();
    leave();
    await until('all are there', async () => (await idsOf(c).catch(() => '')) === 'anna,bert,carl');
    await reader.shows({ anna: 1, bert: 1, carl: 1 });
    b.hub.presence(room).update('carl', 2);
    await reader.shows({ anna: 1, bert: 1, carl: 2 });
  });

  it('lose nobody when Redis is restarted with its data, however long it was away', async () => {
    const [a, b, c] = [await start(), await start(), await start()];
    const reader = await read(c);
    join(a, 'anna');
    join(b, 'bert');
    await reader.shows({ anna: 1, bert: 1 });
    await server.kill();
    await sleep(lease);
    await server.run();
    await until('they are read', async () => (await idsOf(c).catch(() => '')) === 'anna,bert');
    // All have come back by then, and nobody waits for another any more.
    await sleep(patience + 1000);
    expect(await idsOf(c)).toBe('anna,bert');
    await reader.shows({ anna: 1, bert: 1 });
    expect(reader.changes.filter((change) => change.startsWith('-'))).toEqual([]);
  });

  it('lose nobody when Redis is paused for longer than the lease', async () => {
    const [a, b, c] = [await start(), await start(), await start()];
    const reader = await read(c);
    join(a, 'anna');
    join(b, 'bert');
    await reader.shows({ anna: 1, bert: 1 });
    server.pause();
    await sleep(lease * 2);
    server.resume();
    await sleep(patience + 1000);
    expect([await idsOf(c), reader.changes]).toEqual(['anna,bert', ['anna', 'bert']]);
  });

  it('lose and repeat nothing while their slot moves, and find out who is dead', async () => {
    const cluster = await RedisCluster.start();
    try {
      const make = () => start({}, new Cluster([...cluster.nodes], { lazyConnect: true }));
      const [a, b, c] = [await make(), await make(), await make()];
      const reader = await read(c);
      join(a, 'anna');
      await reader.shows({ anna: 1 });
      const slot = slotOf(`{pushwire:presence:${room}}`);
      const from = cluster.ownerOf(slot);
      const way = [slot, from, (from + 1) % 3] as const;
      await cluster.openSlot(...way);
      join(b, 'bert');
      await reader.shows({ anna: 1, bert: 1 });
      await cluster.migrateKeys(...way);
      join(b, 'carl');
      await reader.shows({ anna: 1, bert: 1, carl: 1 });
      await cluster.closeSlot(...way);
      b.hub.presence(room).update('carl', 2);
      await reader.shows({ anna: 1, bert: 1, carl: 2 });
      expect([reader.gaps, reader.changes.filter((change) => change.startsWith('-'))]).toEqual([0, []]);
      b.clock.pause();
      await reader.shows({ anna: 1 });
      await sleep(lease);
      expect(await idsOf(c)).toBe('anna');
    } finally {
      for (const { hub } of nodes.splice(0)) await hub.close();
      await cluster.stop();
    }
  });
});

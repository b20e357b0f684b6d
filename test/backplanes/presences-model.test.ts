import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { clusterBackplane } from '@pushwire/cluster';
import { createHub, type Hub } from '@pushwire/core';
import type { BackplaneFactory } from '@pushwire/core/backplanes';
import { redisBackplane } from '@pushwire/redis';
import { Redis } from 'ioredis';
import { BrokerProcess } from '../kit/broker-process';
import { Random } from '../kit/random';
import { RedisServer, redisServer } from '../kit/redis-server';
import { itWith } from '../kit/system-program';
import { until } from '../kit/until';
import { answers, HubServer, quiet } from './hub-server';
import { PausableClock } from './pausable-clock';
import { StateReader } from './state-reader';

const lease = 1500;
const rooms = ['a', 'b', 'c', 'd', 'e', 'f'];
const ids = ['1', '2', '3', '4', '5'];

/** A process, and the connections that it has in each room. */
class Process {
  readonly clock = new PausableClock();
  readonly hub: Hub;
  readonly connections: { readonly room: string; readonly id: string; readonly leave: () => void }[] = [];
  isPaused = false;

  constructor(backplane: BackplaneFactory) {
    this.hub = createHub({ clock: this.clock, backplane, logger: quiet, presence: { lease, grace: 50 } });
  }

  join(room: string, id: string, data: number): void {
    this.connections.push({ room, id, leave: this.hub.presence(room).join(id, data) });
  }

  update(room: string, id: string, data: number): void {
    this.hub.presence(room).update(id, data);
  }

  leave(index: number): void {
    for (const { leave } of this.connections.splice(index, 1)) leave();
  }

  has(room: string, id: string): boolean {
    return this.connections.some((one) => one.room === room && one.id === id);
  }

  pause(): void {
    this.isPaused = true;
    this.clock.pause();
  }

  resume(): void {
    this.isPaused = false;
    this.clock.resume();
  }
}

/** What joins the processes. */
interface Shared {
  make(): BackplaneFactory;
  /** Loses everything, where that can happen while the processes live. */
  forget?(): Promise<unknown>;
  close(): Promise<void>;
}

/** Acts at random, and compares what followers are shown with the members of those who live. */
async function tryEvents(seed: number, startShared: () => Promise<Shared>) {
  const random = new Random(seed);
  const pick = <Value>(values: readonly Value[]) => random.pick(values);
  const shared = await startShared();
  const start = async () => {
    const one = new Process(shared.make());
    await until('the backplane answers', () => answers(one.hub));
    return one;
  };
  const living = [await start(), await start(), await start()];
  const dead: Process[] = [];
  const watcher = await start();
  const served = await HubServer.start(watcher.hub);
  await until('clients are accepted', () => served.takesClients());
  const readers = new Map(rooms.map((room) => [room, new StateReader('presence')]));
  for (const [room, reader] of readers) await reader.connect(served.url, room);
  const said = new Set<string>();
  let data = 0;
  const say = (room: string, id: string) => {
    said.add(`${room} ${id} ${++data}`);
    return [room, id, data] as const;
  };

  const acts: (() => unknown)[] = [
    ...Array<() => void>(10).fill(() => pick(living).join(...say(pick(rooms), pick(ids)))),
    ...Array<() => void>(8).fill(() => {
      const one = pick(living);
      one.leave(random.between(0, one.connections.length));
    }),
    ...Array<() => void>(4).fill(() => pick(living).update(...say(pick(rooms), pick(ids)))),
    ...Array<() => unknown>(6).fill(() => sleep(random.between(0, 100))),
    () => pick(living).pause(),
    () => pick(living).resume(),
    () => sleep(random.between(0, lease)),
    async () => {
      const index = random.between(0, living.length - 1);
      const [one] = living.splice(index, 1, await start()) as [Process];
      one.pause();
      dead.push(one);
    },
    () => random.chance(0.25) && shared.forget?.(),
  ];

  /** True for members that are there, with something that was said of each. */
  const fits = (room: string, shown: Record<string, unknown>) =>
    ids.every((id) => {
      const isThere = living.some((one) => !one.isPaused && one.has(room, id));
      return isThere ? said.has(`${room} ${id} ${shown[id]}`) : !(id in shown);
    });
  const isTold = async () => {
    for (const room of rooms) {
      let words = '';
      const fitsBoth = async () => {
        // Nothing can be read until the watcher has connected again.
        if (!watcher.hub.health().backplane.reachable) return false;
        const members = await watcher.hub.presence(room).members();
        const read = Object.fromEntries(members.map((member) => [member.id, member.data]));
        const shown = readers.get(room)?.shown ?? {};
        const there = living.map((one) => [
          one.isPaused,
          one.connections.filter((c) => c.room === room).map(({ id }) => id),
        ]);
        words = JSON.stringify({ read, shown, there });
        return fits(room, read) && isDeepStrictEqual(read, shown);
      };
      await until(`the members of ${room} are shown`, fitsBoth, 2 * lease + 2000).catch((error) => {
        throw new Error(`${error.message}: ${words}`);
      });
    }
  };

  try {
    for (let round = 0; round < 5; round++) {
      for (let step = 0; step < 80; step++) await pick(acts)();
      await isTold();
      if (random.chance(0.5)) for (const one of living) one.resume();
      await isTold();
      // No ghost comes back.
      await sleep(lease);
      await isTold();
    }
  } finally {
    for (const reader of readers.values()) reader.leave();
    for (const one of [...living, ...dead]) one.resume();
    await served.close();
    await Promise.all([...living, ...dead].map((one) => one.hub.close()));
    await shared.close();
  }
}

const withBroker = async (): Promise<Shared> => {
  const broker = await BrokerProcess.start();
  const forget = async () => {
    await broker.stop();
    await broker.run();
  };
  return { make: () => clusterBackplane({ path: broker.path }), forget, close: () => broker.stop() };
};

const withRedis = async (): Promise<Shared> => {
  const server = await RedisServer.start();
  const admin = server.client();
  return {
    make: () => redisBackplane({ client: new Redis(server.port, { lazyConnect: true }), checkInterval: 600_000 }),
    forget: () => admin.flushall(),
    async close() {
      admin.disconnect();
      await server.stop();
    },
  };
};

// Each waits for leases most of the time, so all run at once.
describe('members over any sequence of events are those of the processes that live, as followers see them,', () => {
  it.concurrent.each([1, 2])('with a broker (%i)', (seed) => tryEvents(seed, withBroker));
  itWith(redisServer).each([1, 2])('with Redis (%i)', (seed) => tryEvents(seed, withRedis));
});

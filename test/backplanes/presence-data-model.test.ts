import { clusterBackplane } from '@pushwire/cluster';
import { createHub } from '@pushwire/core';
import type { BackplaneFactory } from '@pushwire/core/backplanes';
import { redisBackplane } from '@pushwire/redis';
import { Redis } from 'ioredis';
import { BrokerProcess } from '../kit/broker-process';
import { Random } from '../kit/random';
import { RedisServer, redisServer } from '../kit/redis-server';
import { describeWith } from '../kit/system-program';
import { until } from '../kit/until';
import { answers, quiet } from './hub-server';
import { PausableClock } from './pausable-clock';
import { PresenceDataModel } from './presence-data-model';

const ids = ['1', '2', '3'];

/** What joins the processes. */
interface Shared {
  make(): BackplaneFactory;
  /**
   * Loses everything at once. A broker cannot: while it is restarted, processes renew their leases
   * in any order.
   */
  forget?(): Promise<unknown>;
  close(): Promise<void>;
}

function isTheNewest(startShared: () => Promise<Shared>) {
  it.each([1, 3, 4])('is the newest that was said, after any sequence of events (%i)', async (seed) => {
    const random = new Random(seed);
    const shared = await startShared();
    const start = async () => {
      const clock = new PausableClock();
      const backplane = shared.make();
      const hub = createHub({ clock, backplane, logger: quiet, presence: { lease: 4000, grace: 0 } });
      await until('the backplane answers', () => answers(hub));
      const leaves = new Map<string, (() => void)[]>();
      return { clock, hub, room: hub.presence<number>('room'), leaves };
    };
    const processes = [await start(), await start(), await start()];
    const model = new PresenceDataModel(processes.length);
    const watcher = await start();
    const members = async () =>
      Object.fromEntries((await watcher.room.members()).map(({ id, data }) => [id, data] as const));
    /** Whatever a process had to say, it has said. */
    const told = (at: number) => processes[at]?.room.update('nobody', 0);
    const log: string[] = [];

    try {
      for (let step = 0; step < 250; step++) {
        const at = random.between(0, processes.length - 1);
        const { room, leaves, clock } = processes[at] as (typeof processes)[number];
        const [id, data] = [random.pick(ids), random.between(1, 4)];
        const chance = random.next();
        if (chance < 0.3) {
          log.push(`${at} joins ${id} with ${data}`);
          leaves.set(id, [...(leaves.get(id) ?? []), room.join(id, data)]);
          model.join(at, id, data);
        } else if (chance < 0.5) {
          const leave = leaves.get(id)?.pop();
          log.push(`${at} leaves ${id}`);
          leave?.();
          if (leave) model.leave(at, id);
        } else if (chance < 0.96) {
          log.push(`${at} updates ${id} to ${data}`);
          expect([log, await room.update(id, data)]).toEqual([log, model.update(at, id, data)]);
        } else if (chance < 0.985 && shared.forget) {
          log.push('all is lost');
          await shared.forget();
          model.forget();
          for (const one of processes.keys()) {
            // The first call finds it out, and the second one says all again.
            for (let n = 0; n < 2; n++) await told(one);
            model.sayAgain(one, await members());
          }
        } else {
          log.push(`${at} is taken for dead`);
          clock.pause();
          const alone = model.die(at);
          await until('it has no members', async () => {
            const shown = await members();
            return !alone.some((one) => one in shown);
          });
          clock.resume();
          await told(at);
          await told(at);
          model.sayAgain(at, await members());
        }
        await told(at);
        expect([log, await members()]).toEqual([log, model.values]);
      }
    } finally {
      for (const { hub } of [...processes, watcher]) await hub.close();
      await shared.close();
    }
  });
}

describe('the data of members with a broker, updated from any process', () => {
  isTheNewest(async () => {
    const broker = await BrokerProcess.start();
    return { make: () => clusterBackplane({ path: broker.path }), close: () => broker.stop() };
  });
});

describeWith(redisServer, 'the data of members, updated from any process', () => {
  isTheNewest(async () => {
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
  });
});

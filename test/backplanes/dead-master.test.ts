import { createHub } from '@pushwire/core';
import { redisBackplane } from '@pushwire/redis';
import { Cluster } from 'ioredis';
import { createCluster } from 'redis';
import { Gate } from '../kit/gate';
import { RedisCluster } from '../kit/redis-cluster';
import { redisServer } from '../kit/redis-server';
import { describeWith } from '../kit/system-program';
import { until } from '../kit/until';
import { HubServer, quiet } from './hub-server';

// A master of a cluster that dies, a process that is stopped, and a cluster whose servers all come back elsewhere.

// The package has no types.
const slotOf: (key: string) => number = require('cluster-key-slot');

const libraries = {
  redis: ({ nodes }: Pick<RedisCluster, 'nodes'>) =>
    createCluster({ rootNodes: nodes.map(({ host, port }) => ({ url: `redis://${host}:${port}` })) }),
  ioredis: ({ nodes }: Pick<RedisCluster, 'nodes'>) => new Cluster([...nodes], { lazyConnect: true }),
};

describeWith(redisServer, 'a cluster of which one master dies', () => {
  it.concurrent.each(['redis', 'ioredis'] as const)(
    'serves all channels of the others without a break, with %s',
    async (library) => {
      const cluster = await RedisCluster.start(['--cluster-require-full-coverage', 'no']);
      const backplane = redisBackplane({ client: libraries[library](cluster), timeout: 3000, checkInterval: 500 });
      const served = await HubServer.start(createHub({ logger: quiet, backplane }));
      try {
        await until('clients are accepted', () => served.takesClients());
        const names = [0, 1, 2].map((server) => nameOf(cluster, server));
        const [dead, ...others] = names as [string, string, string];
        const readers = await Promise.all(names.map((name) => served.connect([name])));
        for (const name of names) await served.publish(name, '1');
        for (const reader of readers) await reader.until(({ data }) => data().length === 1);
        await cluster.servers[0]?.kill();
        let count = 1;
        const failures = new Set<string>();
        // Until well after the library has noticed.
        while (count < 200 || failures.size === 0) {
          const failing = served.publish(dead, 'x').catch(({ code }) => failures.add(code));
          for (const name of others) await served.publish(name, `${++count}`);
          if (count % 20 === 1) {
            const fresh = await served.connect([nameOf(cluster, 1 + (count % 2))]);
            expect(fresh.events().map(({ event }) => event)).toEqual(['pushwire:open']);
            fresh.leave();
          }
          if (failures.size === 0) await Promise.race([failing, new Promise((resolve) => setTimeout(resolve, 50))]);
        }
        const received = readers.slice(1).map((reader) => reader.until(({ data }) => data().at(-1) === `${count}`));
        await Promise.race(received);
        expect(served.hub.health().ready).toBe(true);
        expect([...failures].every((code) => code.startsWith('backplane-'))).toBe(true);
        await cluster.servers[0]?.run();
        await until('the dead master’s channels are back', () =>
          served.publish(dead, 'back').then(
            () => true,
            () => false,
          ),
        );
        await readers[0]?.until(({ data }) => data().at(-1) === 'back');
        for (const reader of readers.slice(1)) {
          expect(reader.events().map(({ event }) => event)).not.toContain('pushwire:gap');
        }
      } finally {
        await served.close();
        await cluster.stop();
      }
    },
  );
});

describeWith(redisServer, 'a process that was stopped for longer than connections may be silent', () => {
  it.each(['redis', 'ioredis'] as const)('has all channels of a cluster again, with %s', async (library) => {
    const cluster = await RedisCluster.start(['--cluster-require-full-coverage', 'no']);
    const timeout = 300;
    const backplane = redisBackplane({ client: libraries[library](cluster), timeout, checkInterval: 500 });
    const served = await HubServer.start(createHub({ logger: quiet, backplane }));
    const publishes = (name: string, data: string) =>
      served.publish(name, data).then(
        () => true,
        () => false,
      );
    try {
      await until('clients are accepted', () => served.takesClients());
      const names = [0, 1, 2].map((server) => nameOf(cluster, server));
      for (const name of names) await until('it publishes', () => publishes(name, '1'));
      // Nothing of this process runs meanwhile, as after a SIGSTOP.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 4 * timeout);
      for (const name of names) await until('it publishes again', () => publishes(name, '2'));
    } finally {
      await served.close();
      await cluster.stop();
    }
  });
});

describeWith(redisServer, 'a cluster whose servers all come back under new addresses', () => {
  it.concurrent.each(['redis', 'ioredis'] as const)(
    'is found again at the address that the app knows, with %s',
    async (library) => {
      const first = await RedisCluster.start();
      // The app knows one address, as it would know a name in DNS or a load balancer.
      const gate = await Gate.start(first.servers[0]?.port);
      const client = libraries[library]({ nodes: [{ host: '127.0.0.1', port: gate.port }] });
      const backplane = redisBackplane({ client, timeout: 500, checkInterval: 500 });
      const served = await HubServer.start(createHub({ logger: quiet, backplane }));
      let second: RedisCluster | undefined;
      try {
        await until('clients are accepted', () => served.takesClients());
        const reader = await served.connect(['news']);
        await served.publish('news', '1');
        await reader.until(({ data }) => data().length === 1);
        await first.stop();
        second = await RedisCluster.start();
        gate.lead(second.servers[0]?.port);
        await until('the hub can publish', () =>
          served.publish('news', '2').then(
            () => true,
            () => false,
          ),
        );
        await reader.until(({ data }) => data().at(-1) === '2');
        expect(reader.events().map(({ event }) => event)).toContain('pushwire:gap');
      } finally {
        await served.close();
        await gate.close();
        await first.stop();
        await second?.stop();
      }
    },
  );
});

let names = 0;

/** A new name whose log lies on a server. */
function nameOf(cluster: RedisCluster, server: number): string {
  for (;;) {
    const name = `name ${++names}`;
    if (cluster.ownerOf(slotOf(name)) === server) return name;
  }
}

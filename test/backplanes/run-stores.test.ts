import { clusterBackplane } from '@pushwire/cluster';
import { memoryBackplane } from '@pushwire/core';
import type { BackplaneFactory } from '@pushwire/core/backplanes';
import { redisBackplane } from '@pushwire/redis';
import { Cluster, Redis } from 'ioredis';
import { createClient, createCluster } from 'redis';
import { BrokerProcess } from '../kit/broker-process';
import { allow, rightsOnCluster, rightsOnOneServer, user } from '../kit/redis-acl';
import { RedisCluster } from '../kit/redis-cluster';
import { RedisServer, redisServer } from '../kit/redis-server';
import { describeWith } from '../kit/system-program';
import { conformsAsRunStore, type SharedRuns } from './run-store-conformance';

conformsAsRunStore('memory', async () => ({ make: memoryBackplane, isOne: true, async close() {} }));

conformsAsRunStore('a broker', async () => {
  const broker = await BrokerProcess.start();
  return { make: () => clusterBackplane({ path: broker.path }), close: () => broker.stop() };
});

describeWith(redisServer, 'Redis', () => {
  const runsOf = (make: () => BackplaneFactory, servers: { stop(): Promise<void> }): SharedRuns => ({
    make,
    close: () => servers.stop(),
  });
  /** The suite runs as the user with the least rights. */
  const prepare = async (servers: readonly RedisServer[], rights: readonly string[]) => {
    for (const server of servers) {
      const admin = server.client();
      await allow(admin, rights);
      admin.disconnect();
    }
  };
  const settings = { checkInterval: 30_000 };

  conformsAsRunStore('one server with redis', async () => {
    const server = await RedisServer.start();
    await prepare([server], rightsOnOneServer);
    const client = createClient({ url: server.url, ...user });
    return runsOf(() => redisBackplane({ client, ...settings }), server);
  });

  conformsAsRunStore('one server with ioredis', async () => {
    const server = await RedisServer.start();
    await prepare([server], rightsOnOneServer);
    const client = new Redis(server.port, { ...user, lazyConnect: true });
    return runsOf(() => redisBackplane({ client, ...settings }), server);
  });

  conformsAsRunStore('a cluster with ioredis', async () => {
    const cluster = await RedisCluster.start();
    await prepare(cluster.servers, [...rightsOnOneServer, ...rightsOnCluster]);
    const client = new Cluster([...cluster.nodes], { redisOptions: user, lazyConnect: true });
    return runsOf(() => redisBackplane({ client, ...settings }), cluster);
  });

  conformsAsRunStore('a cluster with redis', async () => {
    const cluster = await RedisCluster.start();
    await prepare(cluster.servers, [...rightsOnOneServer, ...rightsOnCluster]);
    const rootNodes = cluster.nodes.map(({ host, port }) => ({ url: `redis://${host}:${port}`, ...user }));
    const client = createCluster({ rootNodes, defaults: user });
    return runsOf(() => redisBackplane({ client, ...settings }), cluster);
  });
});

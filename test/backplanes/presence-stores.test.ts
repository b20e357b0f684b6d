import { clusterBackplane } from '@pushwire/cluster';
import { memoryBackplane } from '@pushwire/core';
import { redisBackplane } from '@pushwire/redis';
import { Cluster, Redis } from 'ioredis';
import { createClient, createCluster } from 'redis';
import { BrokerProcess } from '../kit/broker-process';
import { allow, rightsOnCluster, rightsOnOneServer, user } from '../kit/redis-acl';
import { RedisCluster } from '../kit/redis-cluster';
import { RedisServer, redisServer } from '../kit/redis-server';
import { describeWith } from '../kit/system-program';
import { conformsAsPresenceStore } from './presence-store-conformance';

type Client = Parameters<typeof redisBackplane>[0]['client'];

conformsAsPresenceStore('memory', async () => ({ make: memoryBackplane, isOne: true }));

describe('a broker', () => {
  let broker: BrokerProcess;

  beforeAll(async () => {
    broker = await BrokerProcess.start();
  });
  afterAll(() => broker.stop());

  conformsAsPresenceStore('a broker', async () => ({ make: () => clusterBackplane({ path: broker.path }) }));
});

describeWith(redisServer, 'Redis', () => {
  let server: RedisServer;
  let cluster: RedisCluster;

  /** The suite runs as the user with the least rights. */
  const prepare = async (servers: readonly RedisServer[], rights: readonly string[]) => {
    for (const one of servers) {
      const admin = one.client();
      await allow(admin, rights);
      admin.disconnect();
    }
  };

  beforeAll(async () => {
    [server, cluster] = await Promise.all([RedisServer.start(), RedisCluster.start()]);
    await prepare([server], rightsOnOneServer);
    await prepare(cluster.servers, [...rightsOnOneServer, ...rightsOnCluster]);
  }, 60_000);
  afterAll(() => Promise.all([server.stop(), cluster.stop()]));

  const clients: Record<string, () => Client> = {
    'one server with redis': () => createClient({ url: server.url, ...user }),
    'one server with ioredis': () => new Redis(server.port, { ...user, lazyConnect: true }),
    'a cluster with redis': () => {
      const rootNodes = cluster.nodes.map(({ host, port }) => ({ url: `redis://${host}:${port}`, ...user }));
      return createCluster({ rootNodes, defaults: user });
    },
    'a cluster with ioredis': () => new Cluster([...cluster.nodes], { redisOptions: user, lazyConnect: true }),
  };
  for (const [name, clientOf] of Object.entries(clients)) {
    conformsAsPresenceStore(name, async () => {
      const client = clientOf();
      return { make: () => redisBackplane({ client, checkInterval: 30_000 }) };
    });
  }
});

import { redisBackplane } from '@pushwire/redis';
import { Cluster, Redis } from 'ioredis';
import { createClient, createCluster } from 'redis';
import { allow, rightsOnCluster, rightsOnOneServer, user } from '../kit/redis-acl';
import { RedisCluster } from '../kit/redis-cluster';
import { RedisServer, redisServer } from '../kit/redis-server';
import { describeWith } from '../kit/system-program';

type Client = Parameters<typeof redisBackplane>[0]['client'];
type Backplanes = { make(): ReturnType<typeof redisBackplane>; close(): Promise<void> };

/**
 * Describes the stores of one server and of a cluster, with each library. They share their servers,
 * since a cluster takes seconds to form.
 *
 * @param conforms describes what the stores do whose backplanes `start` returns.
 */
export function describeRedisStores(conforms: (name: string, start: () => Promise<Backplanes>) => void): void {
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
    });
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
      conforms(name, async () => {
        const client = clientOf();
        return { make: () => redisBackplane({ client, checkInterval: 30_000 }), async close() {} };
      });
    }
  });
}

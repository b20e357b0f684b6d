import type { RedisBackplaneOptions } from '@pushwire/redis';
import { Cluster, Redis } from 'ioredis';
import { createClient, createCluster } from 'redis';

/** How a node reaches Redis. */
export interface Reach {
  readonly client: 'redis' | 'ioredis';
  readonly redisPort: number;
  /** The ports of a cluster, which takes the place of the one server. */
  readonly clusterPorts?: readonly number[];
}

/** Makes a client of the library that a node uses. */
export function redisClient({ client, redisPort, clusterPorts }: Reach): RedisBackplaneOptions['client'] {
  if (clusterPorts && client === 'redis') {
    return createCluster({ rootNodes: clusterPorts.map((port) => ({ url: `redis://127.0.0.1:${port}` })) });
  }
  if (clusterPorts) {
    return new Cluster(
      clusterPorts.map((port) => ({ host: '127.0.0.1', port })),
      { lazyConnect: true },
    );
  }
  if (client === 'redis') return createClient({ url: `redis://127.0.0.1:${redisPort}` });
  return new Redis(redisPort, '127.0.0.1', { lazyConnect: true });
}

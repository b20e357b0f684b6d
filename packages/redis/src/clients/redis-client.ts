import { misuse } from '@pushwire/core/backplanes';
import type { RedisConnector } from '../connection/redis-connection';
import { type IoRedisClient, ioRedisConnector, isIoRedis } from './ioredis';
import { isNodeRedis, type NodeRedisClient, nodeRedisConnector } from './node-redis';

/** A client of `redis` or of `ioredis`. */
export type RedisClient = NodeRedisClient | IoRedisClient;

/**
 * Makes a connector from the app's client.
 *
 * @param sharded true to use sharded Pub/Sub on a cluster.
 * @param timeout milliseconds that a reply may take.
 * @throws {TypeError} for anything but a client of one of the two libraries.
 */
export function connectorFor(client: unknown, sharded: boolean, timeout: number): RedisConnector {
  if (isNodeRedis(client)) return nodeRedisConnector(client, sharded, timeout);
  if (isIoRedis(client)) return ioRedisConnector(client, sharded, timeout);
  throw misuse('redisBackplane option client', 'a client of redis (5 or later) or ioredis', client);
}

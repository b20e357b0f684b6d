import { misuse } from '@pushwire/core/backplanes';
import type { LinkMaker } from '../connection/redis-connection';
import { type IoRedisClient, ioRedisLinks, isIoRedis } from './ioredis';
import { isNodeRedis, type NodeRedisClient, nodeRedisLinks } from './node-redis';

/** A client of `redis` (`createClient`, `createCluster`; from version 6 on `createSentinel`) or of `ioredis` (`Redis`, `Cluster`). */
export type RedisClient = NodeRedisClient | IoRedisClient;

/**
 * @param sharded whether a cluster is to announce by shard.
 * @throws TypeError for what is no client of either.
 */
export function linksOf(client: unknown, sharded: boolean): LinkMaker {
  if (isNodeRedis(client)) return nodeRedisLinks(client, sharded);
  if (isIoRedis(client)) return ioRedisLinks(client, sharded);
  throw misuse('redisBackplane option client', 'a client of redis (5 or later) or ioredis', client);
}

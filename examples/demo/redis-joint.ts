import { redisBackplane } from '@pushwire/redis';
import { createClient, type RedisClientType } from 'redis';
import type { Joint } from './demo';
import { redisOrders } from './redis-orders';

/** Shares channels, and orders of pages, with all processes that use the same Redis. */
export function redisJoint(url: string): Joint {
  const client = createClient({ url }) as RedisClientType;
  return { backplane: redisBackplane({ client }), orders: (carryOut) => redisOrders(client, carryOut) };
}

import { redisBackplane } from '@pushwire/redis';
import { createClient, type RedisClientType } from 'redis';
import type { Joint } from './demo';
import { redisOrders } from './redis-orders';

/** Joins this process with all others at the same Redis: their channels are one, and so are a page's connections to them. */
export function redisJoint(url: string): Joint {
  const client = createClient({ url }) as RedisClientType;
  return { backplane: redisBackplane({ client }), orders: (carryOut) => redisOrders(client, carryOut) };
}

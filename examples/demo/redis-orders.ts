import type { RedisClientType } from 'redis';
import type { Order, Orders } from './orders';
import { Refusal } from './refusal';

const channel = 'pushwire-demo:orders';

/**
 * Sends orders over Redis Pub/Sub, since a page's order reaches one node and its connections are on
 * all of them. While Redis is down, an order fails.
 *
 * @throws {Error} when Redis cannot be reached at the start.
 */
export async function redisOrders(client: RedisClientType, carryOut: (order: Order) => void): Promise<Orders> {
  const [giving, hearing] = [client.duplicate({ disableOfflineQueue: true }), client.duplicate()];
  const failed = new Promise<never>((_, reject) => {
    // Only the first error counts. Later both clients reconnect, and the hub logs errors of Redis.
    for (const each of [giving, hearing]) each.on('error', reject);
  });
  await Promise.race([Promise.all([giving.connect(), hearing.connect()]), failed]);
  await hearing.subscribe(channel, (text) => carryOut(JSON.parse(text) as Order));
  return {
    async give(order) {
      await giving.publish(channel, JSON.stringify(order)).catch((cause) => {
        throw new Refusal(503, 'Redis cannot be reached: nothing was done.', { cause });
      });
    },
    close() {
      giving.destroy();
      hearing.destroy();
    },
  };
}

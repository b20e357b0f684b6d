import type { RedisClientType } from 'redis';
import type { Order, Orders } from './orders';
import { Refusal } from './refusal';

const channel = 'pushwire-demo:orders';

/**
 * Orders over Redis Pub/Sub: a page's order comes to any node, its connections are on all of them. One that is given while Redis is
 * away is not carried out.
 *
 * @throws Error where Redis cannot be reached at first.
 */
export async function redisOrders(client: RedisClientType, carryOut: (order: Order) => void): Promise<Orders> {
  const [giving, hearing] = [client.duplicate({ disableOfflineQueue: true }), client.duplicate()];
  const failed = new Promise<never>((_, reject) => {
    // Only the first counts. Later both come back by themselves, and what the hub says of Redis is enough.
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

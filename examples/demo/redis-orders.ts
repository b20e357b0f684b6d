import type { RedisClientType } from 'redis';
import type { Order, Orders } from './orders';

const channel = 'pushwire-demo:orders';

/**
 * Orders over Redis Pub/Sub: a page's order comes to any node, its connections are on all of them. One that is given while Redis is
 * away is not carried out.
 */
export async function redisOrders(client: RedisClientType, carryOut: (order: Order) => void): Promise<Orders> {
  const [giving, hearing] = [client.duplicate({ disableOfflineQueue: true }), client.duplicate()];
  // Both come back by themselves; what the hub says of Redis is enough.
  for (const each of [giving, hearing]) each.on('error', () => {});
  await Promise.all([giving.connect(), hearing.connect()]);
  await hearing.subscribe(channel, (text) => carryOut(JSON.parse(text) as Order));
  return {
    give: (order) => giving.publish(channel, JSON.stringify(order)),
    close() {
      giving.destroy();
      hearing.destroy();
    },
  };
}

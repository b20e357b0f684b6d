import type { RedisConnection, RedisConnectionListener, RedisConnector } from '../../src/connection/redis-connection';

/** A connection whose events and replies come from the test. */
export interface FakeConnection extends RedisConnection {
  readonly listener: RedisConnectionListener;
  readonly calls: { resolve(reply: unknown): void; reject(error: unknown): void }[];
  readonly subscribed: string[];
  /** The reply to a `PING`. */
  pong: Promise<unknown>;
  destroyed: boolean;
}

/** Makes fake connections and keeps them. */
export function fakeConnector(): RedisConnector & { readonly connections: FakeConnection[] } {
  const connections: FakeConnection[] = [];
  const connect = (listener: RedisConnectionListener): FakeConnection => {
    const calls: FakeConnection['calls'] = [];
    const subscribed: string[] = [];
    const connection: FakeConnection = {
      life: 'run',
      listener,
      calls,
      subscribed,
      pong: Promise.resolve(),
      destroyed: false,
      ping: () => connection.pong,
      evaluate: () => new Promise((resolve, reject) => calls.push({ resolve, reject })),
      subscribe: async (pubsubChannel) => void subscribed.push(pubsubChannel),
      unsubscribe: async (pubsubChannel) => void subscribed.splice(subscribed.indexOf(pubsubChannel), 1),
      destroy() {
        connection.destroyed = true;
      },
    };
    connections.push(connection);
    return connection;
  };
  return { isSharded: false, connect, connections };
}

import { type Clock, Reconnecting } from '@pushwire/core/backplanes';
import type { RedisConnection, RedisConnectionListener, RedisConnector } from './redis-connection';

/** Keeps one connection to Redis up. */
export class ReconnectingConnection extends Reconnecting<RedisConnection> {
  constructor(
    connector: RedisConnector,
    clock: Clock,
    listener: RedisConnectionListener,
    timeout: number,
    random?: () => number,
  ) {
    const connect = (events: Pick<RedisConnectionListener, 'up' | 'down'>): RedisConnection => {
      const message = (pubsubChannel: string, text: string) => {
        if (this.isCurrent(connection)) listener.message(pubsubChannel, text);
      };
      const connection = connector.connect({ ...events, message });
      return connection;
    };
    const [up, down] = [() => listener.up(), (error: unknown) => listener.down(error)];
    super({ clock, server: 'Redis', timeout, connect, up, down }, random);
  }

  /**
   * Takes note that a command failed on a connection. One to a single server is replaced. One to a
   * cluster is replaced only if no master replies to a `PING`, for most commands don't need the
   * master that fails.
   */
  suspect(error: unknown, connection: RedisConnection): void {
    if (connection.cluster === undefined) this.replace(error, connection);
    else this.check(connection);
  }
}

import { type Clock, type PendingCallLimits, PendingCalls } from '@pushwire/core/backplanes';
import { calledRedis, toPushwireError } from './failures';
import { ReconnectingConnection } from './reconnecting';
import type { RedisConnection, RedisConnectionListener, RedisConnector } from './redis-connection';

/**
 * Subscribes to Pub/Sub channels. Subscriptions are not kept when the connection is replaced: the
 * caller subscribes again after `up()`.
 */
export class PubSub {
  readonly #reconnecting: ReconnectingConnection;
  readonly #pendingCalls: PendingCalls;

  constructor(connector: RedisConnector, clock: Clock, limits: PendingCallLimits, listener: RedisConnectionListener) {
    this.#reconnecting = new ReconnectingConnection(connector, clock, listener, limits.timeout);
    this.#pendingCalls = new PendingCalls(clock, limits, calledRedis);
  }

  /** The identity of the current connection. Subscriptions made on another one are gone. */
  get connection(): object | undefined {
    return this.#reconnecting.connection;
  }

  /**
   * Settles when every message published from then on arrives.
   *
   * @throws {PushwireError} `backplane-unavailable` or `backplane-unconfirmed`.
   */
  async subscribe(pubsubChannel: string): Promise<void> {
    this.#pendingCalls.checkRoom(0);
    const connection = this.#reconnecting.connection ?? (await this.#reconnecting.waitForFirst(this.#pendingCalls));
    await this.#confirmed(connection, connection.subscribe(pubsubChannel));
  }

  /**
   * Does nothing without a connection, because then nothing is subscribed.
   *
   * @throws {PushwireError} as `subscribe` does.
   */
  async unsubscribe(pubsubChannel: string): Promise<void> {
    const { connection } = this.#reconnecting;
    if (connection !== undefined) await this.#confirmed(connection, connection.unsubscribe(pubsubChannel));
  }

  /** Replaces a connection on which messages don't arrive. */
  reconnect(reason: string): void {
    this.#reconnecting.replace(new Error(reason));
  }

  close(): void {
    this.#reconnecting.close();
  }

  async #confirmed(connection: RedisConnection, reply: Promise<void>): Promise<void> {
    const timedOut = () =>
      this.#reconnecting.suspect(new Error('Redis did not confirm a subscription in time'), connection);
    try {
      await this.#pendingCalls.wait(reply, timedOut);
    } catch (error) {
      throw toPushwireError(error);
    }
  }
}

import type { FollowedChannelHost } from './followed-channel-host';

/** The subscription of a channel on a connection, which may be one to several servers. */
export class Subscription {
  #connection: object | undefined;
  #readOn: object | undefined;

  constructor(readonly host: Pick<FollowedChannelHost, 'connection' | 'subscribe'>) {}

  /** The connection on which the channel was subscribed last. */
  get connection(): object | undefined {
    return this.#connection;
  }

  /** True when the channel is subscribed on the current connection, not on an earlier one. */
  get isCurrent(): boolean {
    return this.#connection !== undefined && this.#connection === this.host.connection();
  }

  /** True when the log was read after the channel was subscribed on its connection. */
  get isRead(): boolean {
    return this.#readOn !== undefined && this.#readOn === this.#connection;
  }

  /** Subscribes. Does nothing where the client library has the subscription already. */
  async begin(): Promise<void> {
    const before = this.host.connection();
    await this.host.subscribe();
    this.#connection = before ?? this.host.connection();
  }

  /** Takes note that the log was read after the channel was subscribed on a connection. */
  wasRead(connection: object | undefined): void {
    this.#readOn = connection;
  }
}

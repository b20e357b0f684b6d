import { randomUUID } from 'node:crypto';
import { type BackplaneHost, type Clock, PendingCalls, Reachability, Reconnecting } from '@pushwire/core/backplanes';
import type { ClusterSettings } from '../options';
import type { CallName, Given, Returned } from '../protocol/calls';
import { BrokerConnection, type BrokerListener } from './broker-connection';

const server = { name: 'The broker', options: 'maxPendingCalls and maxPendingBytes' };
const followed = { name: 'The broker', options: 'maxPendingFollows' };

/** Writes and reads have limits of their own, so that neither can starve the other. */
export type Budget = 'write' | 'follow';

/** Receives the events of the connection, too. */
export interface CallsListener extends BrokerListener {
  /** There is a connection. Nothing was sent on it yet. */
  up(): void;
}

/** Makes calls to the broker, each at most once and in a bounded time. */
export class BrokerCalls {
  readonly reachability: Reachability;
  readonly #reconnecting: Reconnecting<BrokerConnection>;
  readonly #pending: Readonly<Record<Budget, PendingCalls>>;
  #running = 0;
  #allDone = () => {};

  constructor(
    readonly host: Pick<BackplaneHost, 'clock' | 'report'>,
    settings: ClusterSettings,
    listener: CallsListener,
  ) {
    const { path, timeout } = settings;
    const { clock } = host;
    const process = randomUUID();
    this.reachability = new Reachability(host, 'The broker cannot be reached, or calls fail');
    const write = { timeout, calls: settings.maxPendingCalls, bytes: settings.maxPendingBytes };
    const follow = { timeout, calls: settings.maxPendingFollows, bytes: Number.POSITIVE_INFINITY };
    this.#pending = {
      write: new PendingCalls(clock, write, server),
      follow: new PendingCalls(clock, follow, followed),
    };
    this.#reconnecting = new Reconnecting({
      clock,
      server: server.name,
      timeout,
      connect: (events) => new BrokerConnection(path, process, events, listener),
      up: () => {
        this.reachability.up();
        listener.up();
      },
      down: (error) => this.reachability.down(error),
    });
  }

  get clock(): Clock {
    return this.host.clock;
  }

  /**
   * @param bytes the bytes of messages in the call.
   * @throws {PushwireError} `backplane-unavailable` or `backplane-unconfirmed`, or the error of the
   * broker.
   */
  async call<Name extends CallName>(
    name: Name,
    given: Given<Name>,
    budget: Budget = 'write',
    bytes = 0,
  ): Promise<Returned<Name>> {
    const pending = this.#pending[budget];
    pending.checkRoom(bytes);
    this.#running++;
    try {
      const connection = this.#reconnecting.connection ?? (await this.#reconnecting.waitForFirst(pending, bytes));
      const late = () => this.#reconnecting.replace(new Error(`The broker has not replied to ${name}`), connection);
      return await pending.wait(connection.call(name, given), late, bytes);
    } finally {
      if (--this.#running === 0) this.#allDone();
    }
  }

  /** Makes a call without limits that was made on the connection before. */
  again<Name extends CallName>(name: Name, given: Given<Name>): void {
    const called = this.#reconnecting.connection?.call(name, given);
    called?.catch((error) => this.reachability.failed(error));
  }

  /** Settles when every call has a reply or has timed out. */
  async close(): Promise<void> {
    this.reachability.close();
    if (this.#running > 0) await new Promise<void>((resolve) => (this.#allDone = resolve));
    this.#reconnecting.close();
  }
}

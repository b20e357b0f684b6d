import type { Clock } from '@pushwire/core/backplanes';
import type { Script } from '../scripts/script';
import { isDemoted, toPushwireError } from './failures';
import { type PendingCallLimits, PendingCalls } from './pending-calls';
import { ReconnectingConnection } from './reconnecting';
import type { RedisConnection, RedisConnectionListener, RedisConnector } from './redis-connection';

/** Receives the events of the connection for commands. */
export type CommandsListener = Omit<RedisConnectionListener, 'message'>;

/** Runs scripts, each at most once and in a bounded time. */
export class Commands {
  readonly #reconnecting: ReconnectingConnection;
  readonly #pendingCalls: PendingCalls;
  #running = 0;
  #allDone = () => {};

  constructor(connector: RedisConnector, clock: Clock, limits: PendingCallLimits, listener: CommandsListener) {
    const all = { ...listener, message() {} };
    this.#reconnecting = new ReconnectingConnection(connector, clock, all, 2 * limits.timeout);
    this.#pendingCalls = new PendingCalls(clock, limits);
  }

  get isUp(): boolean {
    return this.#reconnecting.connection !== undefined;
  }

  /** The life of the server, or `''` while it is unknown. Scripts get it as an argument. */
  get life(): string {
    return this.#reconnecting.connection?.life ?? '';
  }

  /**
   * @param bytes the bytes of the message in the arguments.
   * @throws {PushwireError} `backplane-unavailable` or `backplane-unconfirmed`.
   */
  async run(script: Script, keys: readonly string[], args: readonly string[], bytes = 0): Promise<unknown> {
    const pending = this.#pendingCalls;
    pending.checkRoom(bytes);
    this.#running++;
    try {
      const connection = this.#reconnecting.connection ?? (await this.#reconnecting.waitForFirst(pending, bytes));
      return await this.#runOn(connection, script, keys, args, bytes);
    } finally {
      if (--this.#running === 0) this.#allDone();
    }
  }

  /** Settles when every running script has replied or timed out. */
  async close(): Promise<void> {
    if (this.#running > 0) await new Promise<void>((resolve) => (this.#allDone = resolve));
    this.#reconnecting.close();
  }

  async #runOn(
    connection: RedisConnection,
    script: Script,
    keys: readonly string[],
    args: readonly string[],
    bytes: number,
  ): Promise<unknown> {
    const timedOut = () => {
      const { timeout } = this.#pendingCalls.limits;
      this.#reconnecting.replace(new Error(`Redis did not reply within ${timeout} ms`), connection);
    };
    try {
      return await this.#pendingCalls.wait(connection.evaluate(script, keys, args), timedOut, bytes);
    } catch (error) {
      if (isDemoted(error)) this.#reconnecting.replace(error, connection);
      throw toPushwireError(error);
    }
  }
}

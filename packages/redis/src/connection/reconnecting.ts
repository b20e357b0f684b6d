import type { Clock } from '@pushwire/core/backplanes';
import { backOff } from './back-off';
import { unreachable } from './failures';
import { Heartbeat } from './heartbeat';
import type { PendingCalls } from './pending-calls';
import type { RedisConnection, RedisConnectionListener, RedisConnector } from './redis-connection';

/** Milliseconds that a connection must have been up to count as a success. */
const stableAfter = 1000;

/**
 * Keeps one connection up. When it is lost or does not come up in time, another one is made after a
 * back-off. A connection that was up for less than a second counts as one more failure.
 */
export class ReconnectingConnection {
  #current: RedisConnection | undefined;
  #isUp = false;
  #failures = 0;
  #upSince: number | undefined;
  #closed = false;
  /** Settles when the first connection is up or has failed. */
  readonly #firstAttempt: Promise<void>;
  #endFirstAttempt = () => {};
  /** The reason why the last connection was lost. */
  #error: unknown;
  /** Cancels the timer for the current connection to come up, or for the next attempt. */
  #cancelTimer: (() => void) | undefined;
  #heartbeat: Heartbeat | undefined;

  /**
   * @param timeout milliseconds that a reply may take. A connection must come up in twice this
   * time: when a server accepts one and never replies, the library may not report an error.
   */
  constructor(
    readonly connector: RedisConnector,
    readonly clock: Clock,
    readonly listener: RedisConnectionListener,
    readonly timeout: number,
    readonly random: () => number = Math.random,
  ) {
    this.#firstAttempt = new Promise((resolve) => {
      this.#endFirstAttempt = resolve;
    });
    this.#connect();
  }

  /** The connection, while it is up. */
  get connection(): RedisConnection | undefined {
    return this.#isUp ? this.#current : undefined;
  }

  /**
   * Returns the connection. If the first one is not up yet, this waits for it: until then, nobody
   * knows whether Redis can be reached.
   *
   * @param bytes the bytes of the message that waits.
   * @throws {PushwireError} `backplane-unavailable` when there is no connection.
   */
  async waitForFirst(pendingCalls: PendingCalls, bytes = 0): Promise<RedisConnection> {
    // `unavailable` also after a timeout: nothing was sent, so nothing is unconfirmed.
    await pendingCalls.wait(this.#firstAttempt, () => {}, bytes).catch((error) => Promise.reject(unreachable(error)));
    if (this.connection === undefined) throw unreachable(this.#error);
    return this.connection;
  }

  /**
   * Destroys a connection and makes another one. Does nothing if the connection has been replaced
   * already.
   *
   * @param connection the connection to replace. Defaults to the current one.
   */
  replace(error: unknown, connection = this.#current): void {
    this.#lost(connection, error);
  }

  /**
   * Takes note that a command failed on a connection. One to a single server is replaced. One to a
   * cluster is replaced only if no master replies to a `PING`, for most commands don't need the
   * master that fails.
   */
  suspect(error: unknown, connection: RedisConnection): void {
    if (connection.cluster === undefined) this.replace(error, connection);
    else if (this.#current === connection) this.#heartbeat?.check();
  }

  close(): void {
    this.#closed = true;
    this.#heartbeat?.stop();
    this.#isUp = false;
    this.#endFirstAttempt();
    this.#cancelTimer?.();
    this.#current?.destroy();
    this.#current = undefined;
  }

  #connect(): void {
    const connection: RedisConnection = this.connector.connect({
      up: () => {
        if (this.#current !== connection || this.#closed) return;
        this.#cancelTimer?.();
        this.#isUp = true;
        this.#upSince ??= this.clock.now();
        this.#heartbeat ??= new Heartbeat(
          this.clock,
          this.timeout,
          () => connection.ping(),
          (error) => this.#lost(connection, error),
        );
        this.listener.up();
        this.#endFirstAttempt();
      },
      down: (error) => this.#lost(connection, error),
      message: (pubsubChannel, text) => {
        if (this.#current === connection) this.listener.message(pubsubChannel, text);
      },
    });
    this.#current = connection;
    const connectTimeout = 2 * this.timeout;
    const timedOut = new Error(`No connection to Redis came up within ${connectTimeout} ms`);
    this.#cancelTimer = this.clock.after(connectTimeout, () => this.#lost(connection, timedOut));
  }

  #lost(connection: RedisConnection | undefined, error: unknown): void {
    if (connection === undefined || this.#current !== connection || this.#closed) return;
    // A server that refuses writes or is overloaded accepts connections and drops them soon.
    // Without this check, each of them would reset the back-off.
    if (this.#upSince !== undefined && this.clock.now() - this.#upSince >= stableAfter) this.#failures = 0;
    this.#upSince = undefined;
    this.#current = undefined;
    this.#isUp = false;
    this.#cancelTimer?.();
    this.#heartbeat?.stop();
    this.#heartbeat = undefined;
    connection.destroy();
    this.#cancelTimer = this.clock.after(backOff(this.#failures++, this.random()), () => this.#connect());
    this.#error = error;
    this.#endFirstAttempt();
    this.listener.down(error);
  }
}

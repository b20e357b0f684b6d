import { PushwireError } from '../checks/errors';
import type { Clock } from '../time/clock';
import { backOff } from './back-off';
import { Heartbeat } from './heartbeat';
import type { PendingCalls } from './pending-calls';

/** Milliseconds that a connection must have been up to count as a success. */
const stableAfter = 1000;

/** A connection that {@link Reconnecting} keeps up. */
export interface Reconnectable {
  /** Settles when the server has replied. */
  ping(): Promise<unknown>;
  destroy(): void;
}

/** The events of a connection. */
export interface ConnectionEvents {
  /** Calls can be made. It may be called again while the connection is up. */
  up(): void;
  /** The connection is lost. It never comes back. */
  down(error: unknown): void;
}

/** The owner of a {@link Reconnecting}, which is told of its connections. */
export interface ReconnectingHost<Connection extends Reconnectable> extends ConnectionEvents {
  readonly clock: Clock;
  /** The name of the server, as the beginning of a sentence. */
  readonly server: string;
  /**
   * Milliseconds that a reply may take. A connection must come up in twice this time: when a server
   * accepts one and never replies, nobody may report an error.
   */
  readonly timeout: number;
  /** Begins to connect, and returns at once. */
  connect(events: ConnectionEvents): Connection;
}

/**
 * Keeps one connection of a backplane to its server up. When it is lost or does not come up in
 * time, another one is made after a back-off. A connection that was up for less than a second
 * counts as one more failure. Nothing is sent a second time on the next connection.
 *
 * @example
 * ```ts
 * import { type ConnectionEvents, Reconnecting, systemClock } from '@pushwire/core/backplanes';
 *
 * function keepUp(connect: (events: ConnectionEvents) => { ping(): Promise<unknown>; destroy(): void }) {
 *   const host = { clock: systemClock, server: 'The database', timeout: 5000, connect, up() {} };
 *   return new Reconnecting({ ...host, down: (error) => console.error(error) });
 * }
 * ```
 */
export class Reconnecting<Connection extends Reconnectable> {
  readonly #host: ReconnectingHost<Connection>;
  #current: Connection | undefined;
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

  constructor(
    host: ReconnectingHost<Connection>,
    readonly random: () => number = Math.random,
  ) {
    this.#host = host;
    this.#firstAttempt = new Promise((resolve) => {
      this.#endFirstAttempt = resolve;
    });
    this.#connect();
  }

  /** The connection, while it is up. */
  get connection(): Connection | undefined {
    return this.#isUp ? this.#current : undefined;
  }

  /** True for the connection that is up, or is about to be. */
  isCurrent(connection: Connection): boolean {
    return this.#current === connection;
  }

  /**
   * Returns the connection. If the first one is not up yet, this waits for it: until then, nobody
   * knows whether the server can be reached.
   *
   * @param bytes the bytes of the message that waits.
   * @throws PushwireError `backplane-unavailable` when there is no connection.
   */
  async waitForFirst(pendingCalls: PendingCalls, bytes = 0): Promise<Connection> {
    // `unavailable` also after a timeout: nothing was sent, so nothing is unconfirmed.
    await pendingCalls.wait(this.#firstAttempt, () => {}, bytes).catch((error) => Promise.reject(this.#away(error)));
    if (this.connection === undefined) throw this.#away(this.#error);
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

  /** Pings a connection at once, if it is the current one. It is replaced if there is no reply. */
  check(connection: Connection): void {
    if (this.#current === connection) this.#heartbeat?.check();
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
    const { clock, server, timeout } = this.#host;
    const connection: Connection = this.#host.connect({
      up: () => {
        if (this.#current !== connection || this.#closed) return;
        this.#cancelTimer?.();
        this.#isUp = true;
        this.#upSince ??= clock.now();
        const failed = (error: unknown) => this.#lost(connection, error);
        this.#heartbeat ??= new Heartbeat(clock, server, timeout, () => connection.ping(), failed);
        this.#host.up();
        this.#endFirstAttempt();
      },
      down: (error) => this.#lost(connection, error),
    });
    this.#current = connection;
    const timedOut = new Error(`No connection to ${server} came up within ${2 * timeout} ms`);
    this.#cancelTimer = clock.after(2 * timeout, () => this.#lost(connection, timedOut));
  }

  #lost(connection: Connection | undefined, error: unknown): void {
    if (connection === undefined || this.#current !== connection || this.#closed) return;
    const { clock } = this.#host;
    // A server that refuses writes or is overloaded accepts connections and drops them soon.
    // Without this check, each of them would reset the back-off.
    if (this.#upSince !== undefined && clock.now() - this.#upSince >= stableAfter) this.#failures = 0;
    this.#upSince = undefined;
    this.#current = undefined;
    this.#isUp = false;
    this.#cancelTimer?.();
    this.#heartbeat?.stop();
    this.#heartbeat = undefined;
    connection.destroy();
    this.#cancelTimer = clock.after(backOff(this.#failures++, this.random()), () => this.#connect());
    this.#error = error;
    this.#endFirstAttempt();
    this.#host.down(error);
  }

  #away(cause: unknown): PushwireError {
    const options = cause === undefined ? {} : { cause };
    return new PushwireError('backplane-unavailable', `${this.#host.server} cannot be reached.`, options);
  }
}

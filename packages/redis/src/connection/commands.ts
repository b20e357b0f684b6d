import { type Clock, type PendingCallLimits, PendingCalls } from '@pushwire/core/backplanes';
import type { Script } from '../scripts/script';
import { calledRedis, isDemoted, toPushwireError } from './failures';
import { ReconnectingConnection } from './reconnecting';
import {
  isReplyError,
  type RedisConnection,
  type RedisConnectionListener,
  type RedisConnector,
} from './redis-connection';

/** Receives the events of the connection for commands. */
export type CommandsListener = Omit<RedisConnectionListener, 'message'>;

/** Publishes and followings have limits of their own, so that neither can starve the other. */
export type Budget = 'publish' | 'follow';

/** Runs scripts, each at most once and in a bounded time. */
export class Commands {
  readonly #reconnecting: ReconnectingConnection;
  readonly #pendingCalls: Readonly<Record<Budget, PendingCalls>>;
  #running = 0;
  #allDone = () => {};

  constructor(
    connector: RedisConnector,
    clock: Clock,
    limits: Readonly<Record<Budget, PendingCallLimits>>,
    listener: CommandsListener,
  ) {
    // A server of a cluster that comes back has missed no message of Pub/Sub on this connection.
    let known: RedisConnection | undefined;
    const up = () => {
      const { connection } = this.#reconnecting;
      if (connection !== known) listener.up();
      known = connection;
    };
    const all = { up, down: listener.down, message() {} };
    this.#reconnecting = new ReconnectingConnection(connector, clock, all, limits.publish.timeout);
    this.#pendingCalls = {
      publish: new PendingCalls(clock, limits.publish, calledRedis),
      follow: new PendingCalls(clock, limits.follow, calledRedis),
    };
  }

  get isUp(): boolean {
    return this.#reconnecting.connection !== undefined;
  }

  /** The life of the server, or `''` while it is unknown. Scripts get it as an argument. */
  get life(): string {
    return this.#reconnecting.connection?.life ?? '';
  }

  /** True when logs can move between servers. */
  get canMove(): boolean {
    return this.#reconnecting.connection?.cluster !== undefined;
  }

  /**
   * @param bytes the bytes of the message in the arguments.
   * @throws {PushwireError} `backplane-unavailable` or `backplane-unconfirmed`.
   */
  async run(script: Script, key: string, args: readonly string[], budget: Budget, bytes = 0): Promise<unknown> {
    const pending = this.#pendingCalls[budget];
    pending.checkRoom(bytes);
    this.#running++;
    try {
      const connection = this.#reconnecting.connection ?? (await this.#reconnecting.waitForFirst(pending, bytes));
      return await this.#replied(connection, connection.evaluate(script, key, args), pending, bytes);
    } finally {
      if (--this.#running === 0) this.#allDone();
    }
  }

  /** Settles when every running script has replied or timed out. */
  async close(): Promise<void> {
    if (this.#running > 0) await new Promise<void>((resolve) => (this.#allDone = resolve));
    this.#reconnecting.close();
  }

  /**
   * Asks each master of a cluster. Without a cluster there are no replies.
   *
   * @returns the replies of each master that gave all of them, in the order of the questions.
   */
  async askMasters(questions: readonly (readonly string[])[]): Promise<readonly (readonly unknown[])[]> {
    const { cluster } = this.#reconnecting.connection ?? {};
    const asked = questions.map((words) => cluster?.askMasters(words) ?? []);
    const masters = (asked[0] ?? []).map((_, i) => Promise.all(asked.map((replies) => replies[i])));
    const waiting = masters.map((replies) => this.#pendingCalls.follow.wait(replies, () => {}));
    const settled = await Promise.allSettled(waiting);
    return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  }

  /** @throws {PushwireError} as {@link run} does. */
  async announce(pubsubChannel: string, text: string): Promise<void> {
    const { connection } = this.#reconnecting;
    const { follow } = this.#pendingCalls;
    follow.checkRoom(0);
    if (connection?.cluster) await this.#replied(connection, connection.cluster.announce(pubsubChannel, text), follow);
  }

  async #replied(
    connection: RedisConnection,
    reply: Promise<unknown>,
    pending: PendingCalls,
    bytes = 0,
  ): Promise<unknown> {
    const timedOut = () => {
      const { timeout } = pending.limits;
      this.#reconnecting.suspect(new Error(`Redis did not reply within ${timeout} ms`), connection);
    };
    try {
      return await pending.wait(reply, timedOut, bytes);
    } catch (error) {
      if (isDemoted(error)) this.#reconnecting.replace(error, connection);
      else if (connection.cluster && !isReplyError(error)) this.#reconnecting.suspect(error, connection);
      throw toPushwireError(error);
    }
  }
}

import type { Script } from '../scripts/script';

/** Receives the events of a connection. */
export interface RedisConnectionListener {
  /**
   * Commands can be sent. A connection to several servers calls it again each time one of them
   * comes back.
   */
  up(): void;
  /** The connection is lost. It never comes back. */
  down(error: unknown): void;
  /** A message arrived on a Pub/Sub channel. */
  message(pubsubChannel: string, text: string): void;
}

/**
 * One connection to Redis, made from the app's client. It sends each command at most once, because
 * a command that the client library resends could publish a message twice.
 */
export interface RedisConnection {
  /**
   * The life of the server, as {@link lifeOf} returns it. It is `''` when commands may go to
   * different servers.
   */
  readonly life: string;
  evaluate(script: Script, key: string, args: readonly string[]): Promise<unknown>;
  /** Settles when Redis has confirmed it. Every message published from then on arrives. */
  subscribe(pubsubChannel: string): Promise<void>;
  unsubscribe(pubsubChannel: string): Promise<void>;
  /** Settles when Redis has replied to a `PING` on every socket. */
  ping(): Promise<unknown>;
  /** The masters of a cluster. `undefined` where slots don't move. */
  readonly cluster?: ClusterNodes | undefined;
  destroy(): void;
}

/** The additional abilities of a connection to a cluster. */
export interface ClusterNodes {
  /** Sends a command to each master. The reply of one that cannot be reached rejects. */
  askMasters(words: readonly string[]): readonly Promise<unknown>[];
  /** Publishes by the node that owns the slot of a sharded Pub/Sub channel. */
  announce(pubsubChannel: string, text: string): Promise<unknown>;
}

/** Makes connections from the app's client. */
export interface RedisConnector {
  /** True when Pub/Sub messages stay in their shard (`SPUBLISH`) and don't go to every node. */
  readonly isSharded: boolean;
  /** Begins to connect, and returns at once. */
  connect(listener: RedisConnectionListener): RedisConnection;
}

/** A client library had no connection and refused a command. Redis never saw the command. */
export class NotSentError extends Error {
  override readonly name = 'NotSentError';
}

/** True for an error that Redis itself replied with, not the connection or the client library. */
export function isReplyError(error: unknown): boolean {
  return error instanceof Error && /^[A-Z]{2,}\b/.test(error.message);
}

const [runPattern, takeoverPattern] = [/run_id:(\w+)/, /second_repl_offset:(-?\d+)/];

/**
 * Names the life of a server, from its replies to `INFO server` and `INFO replication`. A restart
 * begins a new life. So does a failover, even to a server that was master before. Returns `-` when
 * the server hides its run id.
 */
export function lifeOf(server: unknown, replication: unknown): string {
  const run = runPattern.exec(String(server))?.[1];
  return run === undefined ? '-' : `${run}.${takeoverPattern.exec(String(replication))?.[1] ?? ''}`;
}

import { aBoolean, checkOptions, integer, milliseconds, misuse, withoutUndefined } from '@pushwire/core/backplanes';
import type { RedisClient } from './clients/links-of';

/** Options of {@link redisBackplane}. */
export interface RedisBackplaneOptions {
  /**
   * A client of `redis` 5 or later (`createClient`, `createCluster`; of 6, `createSentinel`) or of `ioredis` (`Redis`, `Cluster`). It is the model
   * of two others, which are made by its `duplicate()` and closed by `hub.close()`; itself it is left alone, and need not be connected.
   */
  client: RedisClient;
  /**
   * What all keys and Pub/Sub channels begin with; hubs with the same prefix are joined. A server's databases share their Pub/Sub
   * channels, so hubs in different ones need different prefixes. Default `pushwire:`.
   */
  prefix?: string;
  /**
   * Milliseconds in which Redis must answer. A publish that it does not answer in time rejects with `backplane-unconfirmed`; then the connection is
   * made anew, and so is one that has not come about in twice the time. Default 5,000.
   */
  timeout?: number;
  /**
   * Publishes that may be without an answer; one more rejects with `backplane-unavailable` at once. Default 10,000.
   */
  maxUnanswered?: number;
  /** Bytes of messages that may be without an answer; more rejects in the same way. Default 67,108,864 (64 MiB). */
  maxUnansweredBytes?: number;
  /**
   * Milliseconds between two looks at a channel that somebody here follows: whether its log has moved on though nothing was
   * announced. Its connections are counted then too. Default 30,000.
   */
  probe?: number;
  /** Milliseconds for which a channel is followed on when its last client has gone, since polls come and go. Default 60,000. */
  idle?: number;
  /** Channels that are followed on in this way, at the most; the longest idle goes first. Default 10,000. */
  maxIdle?: number;
  /**
   * Whether a cluster announces by sharded Pub/Sub, which Redis has from 7.0 on: without it each message goes to each node. All
   * processes must have the same here. Default true; no matter where there is no cluster.
   */
  sharded?: boolean;
  /**
   * Whether Redis keeps what it has acknowledged, whatever happens to it: every write is on disk or on a replica that takes over.
   * Then a restart or a failover is no gap. Without this promise it is one for every client. All processes must have the same here: each
   * time that they take turns would be a gap. Default false.
   */
  durable?: boolean;
}

const defaults = {
  prefix: 'pushwire:',
  timeout: 5000,
  maxUnanswered: 10_000,
  maxUnansweredBytes: 64 * 1024 * 1024,
  probe: 30_000,
  idle: 60_000,
  maxIdle: 10_000,
  sharded: true,
  durable: false,
};

export type RedisBackplaneSettings = Readonly<typeof defaults>;

const aPrefix = (value: unknown) =>
  typeof value === 'string' && /^[^{}\s]{1,100}$/.test(value)
    ? undefined
    : 'a string of 1 to 100 characters, none of them a brace or a space';

const anything = () => undefined;

/** @throws TypeError for an unknown option or a value that does not fit. */
export function readOptions(options: RedisBackplaneOptions): RedisBackplaneSettings & { client: unknown } {
  if (options === undefined) throw misuse('redisBackplane options', 'an object with a client', options);
  const own = checkOptions<RedisBackplaneOptions>('redisBackplane', options, {
    client: anything,
    prefix: aPrefix,
    timeout: milliseconds(100),
    maxUnanswered: integer(1),
    maxUnansweredBytes: integer(1),
    probe: milliseconds(100),
    idle: milliseconds(0),
    maxIdle: integer(0),
    sharded: aBoolean,
    durable: aBoolean,
  });
  return { ...defaults, ...withoutUndefined(own), client: own.client };
}

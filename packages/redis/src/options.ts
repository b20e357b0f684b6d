import { aBoolean, checkOptions, integer, milliseconds, misuse, withoutUndefined } from '@pushwire/core/backplanes';
import type { RedisClient } from './clients/redis-client';

/** Options of {@link redisBackplane}. */
export interface RedisBackplaneOptions {
  /**
   * A client of `redis` 5.10 or later (`createClient`, `createCluster`, and from version 6 on
   * `createSentinel`) or of `ioredis` 5.9 or later (`Redis`, `Cluster`). The backplane makes two
   * connections of its own with the client's `duplicate()` and closes them in `hub.close()`. The
   * client itself is not used and need not be connected. Required.
   */
  client: RedisClient;
  /**
   * The beginning of the names of all keys and Pub/Sub channels. Hubs with the same prefix are
   * joined. The databases of one server share their Pub/Sub channels, so hubs in different
   * databases need different prefixes. Defaults to `'pushwire:'`.
   */
  prefix?: string;
  /**
   * How long Redis may take to reply, in milliseconds. A publish without a reply in this time
   * rejects with `backplane-unconfirmed`, and the connection is replaced. A connection attempt is
   * given up after twice this time. Defaults to 5000 ms.
   */
  timeout?: number;
  /**
   * How many commands may wait for a reply. A publish beyond that rejects at once with
   * `backplane-unavailable`. Defaults to 10000.
   */
  maxPendingCommands?: number;
  /**
   * How many bytes of messages may wait for a reply. A publish beyond that rejects at once with
   * `backplane-unavailable`. Defaults to 67108864 (64 MiB).
   */
  maxPendingBytes?: number;
  /**
   * How many reads and subscriptions of channels may wait for a reply, beside the publishes. A
   * client that needs one more is asked to come back later. Defaults to 10000.
   */
  maxPendingFollows?: number;
  /**
   * How often a followed channel is compared with its log in Redis, in milliseconds, in case a
   * Pub/Sub message was lost. The number of the channel's connections is sent to Redis at the same
   * time. Defaults to 30000 ms.
   */
  checkInterval?: number;
  /**
   * How long a channel is still followed after its last client has left, in milliseconds. Clients
   * that poll are gone between two polls. Defaults to 60000 ms.
   */
  idleTimeout?: number;
  /**
   * How many channels without a client may be followed. Beyond that, the longest idle channel is
   * dropped. Defaults to 10000.
   */
  maxIdleChannels?: number;
  /**
   * True to use sharded Pub/Sub on a cluster, which needs Redis 7. Without it, each message goes to
   * every node. All processes need the same value. It has no effect without a cluster. Defaults to
   * `true`.
   */
  sharded?: boolean;
  /**
   * True to promise that Redis never loses a write that it has acknowledged, because every write
   * is on disk or on the replica that takes over. Then clients get no gap after a restart or a
   * failover of Redis. With `false`, every client gets one. All processes need the same value.
   * Defaults to `false`.
   */
  durable?: boolean;
}

const defaults = {
  prefix: 'pushwire:',
  timeout: 5000,
  maxPendingCommands: 10_000,
  maxPendingBytes: 64 * 1024 * 1024,
  maxPendingFollows: 10_000,
  checkInterval: 30_000,
  idleTimeout: 60_000,
  maxIdleChannels: 10_000,
  sharded: true,
  durable: false,
};

export type RedisBackplaneSettings = Readonly<typeof defaults>;

const aPrefix = (value: unknown) =>
  typeof value === 'string' && /^[^{}\s]{1,100}$/.test(value)
    ? undefined
    : 'a string of 1 to 100 characters without braces and spaces';

const anything = () => undefined;

/** @throws {TypeError} for an unknown option or a value that does not fit. */
export function readOptions(options: RedisBackplaneOptions): RedisBackplaneSettings & { client: unknown } {
  if (options === undefined) throw misuse('redisBackplane options', 'an object with a client', options);
  const own = checkOptions<RedisBackplaneOptions>('redisBackplane', options, {
    client: anything,
    prefix: aPrefix,
    timeout: milliseconds(100),
    maxPendingCommands: integer(1),
    maxPendingBytes: integer(1),
    maxPendingFollows: integer(1),
    checkInterval: milliseconds(100),
    idleTimeout: milliseconds(0),
    maxIdleChannels: integer(0),
    sharded: aBoolean,
    durable: aBoolean,
  });
  return { ...defaults, ...withoutUndefined(own), client: own.client };
}

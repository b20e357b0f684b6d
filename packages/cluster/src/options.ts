import type { Logger, LogStoreLimits } from '@pushwire/core';
import {
  anObjectWith,
  type Check,
  checkOptions,
  integer,
  milliseconds,
  withoutUndefined,
} from '@pushwire/core/backplanes';

/** Options of `startBroker`. */
export interface BrokerOptions {
  /**
   * The Unix domain socket at which the broker listens, or a named pipe on Windows: a path of at
   * most 103 bytes, in a folder in which no other user can make files. Give it where the workers
   * are not forked by this process, as under PM2, and the same one to `clusterBackplane()`. The
   * broker then keeps its process alive. Defaults to a path that nobody can guess, in a folder of
   * this user, of which the workers know by the environment variable `PUSHWIRE_BROKER`.
   */
  path?: string;
  /** Limits of all logs together: `logs`, `logBytes` and `runs` as those of `createHub()`. */
  limits?: Partial<LogStoreLimits>;
  /**
   * The bytes that may wait in the socket of a worker. One that reads no more gets nothing more,
   * and reads on from the logs later. Defaults to 1048576 (1 MiB).
   */
  highWaterMark?: number;
  /** How many workers may be connected. Connections beyond that are closed. Defaults to 1000. */
  maxWorkers?: number;
  /** Gets errors that no worker can be told of. By default they are printed on the console. */
  logger?: Pick<Logger, 'error'>;
}

/** Options of `clusterBackplane`. */
export interface ClusterBackplaneOptions {
  /**
   * The path of the broker. Defaults to that of the broker that was started in the primary, which
   * is in the environment variable `PUSHWIRE_BROKER`.
   */
  path?: string;
  /**
   * How long the broker may take to reply, in milliseconds. A publish without a reply in this time
   * rejects with `backplane-unconfirmed`, and the connection is replaced. A connection attempt is
   * given up after twice this time. Defaults to 5000 ms.
   */
  timeout?: number;
  /**
   * How many publishes and other writes may wait for a reply. One beyond that rejects at once with
   * `backplane-unavailable`. Defaults to 10000.
   */
  maxPendingCalls?: number;
  /**
   * How many bytes of messages may wait for a reply. A publish beyond that rejects at once with
   * `backplane-unavailable`. Defaults to 67108864 (64 MiB).
   */
  maxPendingBytes?: number;
  /**
   * How many reads of channels may wait for a reply, beside the publishes. A client that needs one
   * more is asked to come back later. Defaults to 10000.
   */
  maxPendingFollows?: number;
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
}

/** The broker's options with their defaults. */
export interface BrokerSettings {
  readonly path: string;
  readonly limits: LogStoreLimits;
  readonly highWaterMark: number;
  readonly maxWorkers: number;
  failed(error: unknown): void;
}

const workerDefaults = {
  timeout: 5000,
  maxPendingCalls: 10_000,
  maxPendingBytes: 64 * 1024 * 1024,
  maxPendingFollows: 10_000,
  idleTimeout: 60_000,
  maxIdleChannels: 10_000,
};

export type ClusterSettings = Readonly<typeof workerDefaults & { path: string }>;

/** The name of the environment variable by which workers know the broker of their primary. */
export const pathVariable = 'PUSHWIRE_BROKER';

/** The most bytes of a path that sockets of all systems take. */
export const maxPathBytes = 103;

export const isPath = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && !value.includes('\0') && Buffer.byteLength(value) <= maxPathBytes;

/** Node takes a text like a number for a port, at which anybody could connect. */
const aPath: Check = (value) =>
  isPath(value) && !(Number(value) >= 0) ? undefined : `a path of 1 to ${maxPathBytes} bytes that is no number`;

const storeDefaults: LogStoreLimits = { logs: 100_000, logBytes: 128 * 1024 * 1024, runs: 10_000 };

function storeLimits(value: unknown): string | undefined {
  const check = integer(1, { infinity: true });
  const checks = { logs: check, logBytes: integer(0, { infinity: true }), runs: check };
  checkOptions<Partial<LogStoreLimits>>('startBroker limits', value as Partial<LogStoreLimits>, checks);
  return undefined;
}

/**
 * @param defaultPath makes a path where none is given.
 * @throws TypeError for an unknown option or a value that does not fit.
 */
export function readBrokerOptions(options: BrokerOptions | undefined, defaultPath: () => string): BrokerSettings {
  const own = checkOptions<BrokerOptions>('startBroker', options, {
    path: aPath,
    limits: storeLimits,
    highWaterMark: integer(1),
    maxWorkers: integer(1),
    logger: anObjectWith('error'),
  });
  const { logger } = own;
  const failed = (error: unknown) => {
    if (logger) logger.error({ err: error }, 'The broker of Pushwire failed');
    else console.error(error);
  };
  const { highWaterMark = 1024 * 1024, maxWorkers = 1000, path = defaultPath() } = own;
  return { path, highWaterMark, maxWorkers, failed, limits: { ...storeDefaults, ...withoutUndefined(own.limits) } };
}

/** @throws TypeError for an unknown option or a value that does not fit, or without a broker. */
export function readClusterOptions(options: ClusterBackplaneOptions | undefined): ClusterSettings {
  const own = checkOptions<ClusterBackplaneOptions>('clusterBackplane', options, {
    path: aPath,
    timeout: milliseconds(100),
    maxPendingCalls: integer(1),
    maxPendingBytes: integer(1),
    maxPendingFollows: integer(1),
    idleTimeout: milliseconds(0),
    maxIdleChannels: integer(0),
  });
  const path = own.path ?? process.env[pathVariable];
  if (path === undefined || path === '') {
    throw new TypeError(
      'clusterBackplane() knows no broker: call startBroker() in the primary before cluster.fork(), ' +
        'or give the path of a broker that runs in a process of its own',
    );
  }
  const wanted = aPath(path);
  if (wanted) {
    throw new TypeError(`environment variable ${pathVariable}: expected ${wanted}, got ${JSON.stringify(path)}`);
  }
  return { ...workerDefaults, ...withoutUndefined(own), path };
}

import type { BackplaneFactory } from '../backplanes/backplane';
import { memoryBackplane } from '../backplanes/memory';
import type { PresenceLimits } from '../backplanes/presence-limits';
import type { StateLimits } from '../backplanes/state-limits';
import {
  aBoolean,
  aFunction,
  anObjectWith,
  checkOptions,
  integer,
  milliseconds,
  oneOf,
  withoutUndefined,
} from '../checks/check-options';
import { aCompression, type CompressOptions, compressionOf } from '../encoders/compress-options';
import { checkCursorSecret, keyedTags, plainTag, type TagOf } from '../log/channel-tags';
import type { LogLimits } from '../log/log-limits';
import { type Clock, systemClock } from '../time/clock';
import type { Logger } from './app-log';
import { type ConnectionDefaults, connectionDefaults } from './connection-defaults';
import { checkLimitsOption, defaultLimits, type Limits } from './limits';
import type { LimitsOption } from './limits-by-name';
import { type NamedLimits, namedChecks, namedLimits } from './named-limits';

/** Options of `createHub()`. */
export interface HubOptions {
  /**
   * The history that each channel keeps, or a function that returns it for a channel's name. Fields
   * that are not given keep their defaults: 1000 messages, 1048576 bytes (1 MiB), 600000 ms
   * (10 minutes). 0 in any of them keeps no history. `lossy` says that messages may be lost without
   * a gap. A channel remembers 1000 idempotency keys for 600000 ms (10 minutes).
   */
  log?: LimitsOption<LogLimits>;
  /**
   * The limits of each state, or a function that returns them for a state's name. It is called once
   * for a name that is in use. Fields that are not given keep their defaults: see
   * {@link StateLimits}.
   */
  state?: LimitsOption<StateLimits>;
  /**
   * The limits and times of each presence, or a function that returns them for a presence's name.
   * It is called once for a name that is in use. Fields that are not given keep their defaults: see
   * {@link PresenceLimits}.
   */
  presence?: LimitsOption<PresenceLimits>;
  /**
   * Milliseconds of silence before a stream sends a heartbeat. The shortest proxy timeouts are
   * 30000 ms. Defaults to 15000 ms.
   */
  heartbeat?: number;
  /**
   * Milliseconds that a client is asked to wait before it reconnects, at least 500. The server
   * spreads them by up to 25 % in both directions. Defaults to 3000 ms.
   */
  retry?: number;
  /**
   * Milliseconds to wait for more messages after a publish, so that all of them go out in one
   * write. Messages of one turn of the event loop always do. Defaults to 0 ms.
   */
  batchDelay?: number;
  /**
   * Unsent bytes of a connection's socket above which nothing more is written to it. When the
   * socket drains, the connection reads on from the log. Defaults to 262144 (256 KiB), and to 16384
   * (16 KiB) for connections to a state or a presence: what waits for a slow client there is soon
   * replaced by newer values.
   */
  highWaterMark?: number;
  /**
   * Bytes that may wait for a client that an app sends to by `connection.send()`. With more, the
   * connection is closed with the reason `overrun`. Defaults to 4194304 (4 MiB).
   */
  maxPending?: number;
  /**
   * Milliseconds after which a channel's stream ends and its client reconnects with its cursor,
   * since some proxies cut every response after 10 minutes. Ends come up to 10 % earlier, to spread
   * them. WebSockets and generators' streams have no such limit. `Infinity` turns it off. Defaults
   * to 570000 ms (9.5 minutes).
   */
  maxAge?: number;
  /**
   * Milliseconds after which a client that takes no bytes is closed. Progress only shows when the
   * socket's buffer has room again, so leave time for slow clients. Defaults to 120000 ms.
   */
  stallTimeout?: number;
  /**
   * Milliseconds in which a function source and `authorize` must settle before a client is
   * connected. Otherwise streams are asked to reconnect, and other requests are answered with 503.
   * A request counts as a connection in the meantime. `Infinity` for no limit. Defaults to
   * 30000 ms.
   */
  sourceTimeout?: number;
  /**
   * The action for a slow client whose next messages were evicted. `'gap'` tells it and continues;
   * `'disconnect'` closes the connection, and the client learns of the gap when it reconnects.
   * Defaults to `'gap'`.
   */
  overrun?: 'gap' | 'disconnect';
  /**
   * Writes the bodies of plain HTTP/1.1 responses to their sockets directly. Clients get the same
   * bodies, and a write costs about half. Defaults to `true`.
   */
  fastPath?: boolean;
  /**
   * Compresses streams of channels over SSE, ndjson and comet with gzip, for clients that accept
   * it: once for all clients of a group, so that it costs the process little, and an idle client no
   * memory of zlib. An object sets `level` and `window`. Streams of generators and streams by hand
   * have nothing to share and stay as they are, as do those on which the app sets a
   * `Content-Encoding`. Do not send secrets beside what strangers choose (BREACH). Defaults to
   * `false`.
   */
  compress?: boolean | CompressOptions;
  /**
   * Limits of the hub. Clients over a limit are asked to come back later: streams by a
   * `pushwire:retry` event, polls and WebSocket handshakes by a 503. Defaults: see {@link Limits}.
   */
  limits?: Partial<Limits>;
  /**
   * Returns the client's key for `limits.perClient` and `hub.clients()`, from the framework's
   * request. Defaults to the client's address for the limits, as the framework reports it.
   */
  clientKey?: (request: never) => string;
  /**
   * A secret of at least 16 characters, the same in all processes. It keys the hashes of channel
   * names in cursors over several channels. Without it, anyone who sees such a cursor can test
   * guesses of the names, about a million in a second. No default.
   */
  cursorSecret?: string;
  /**
   * The app's logger, called as `logger.info(fields, sentence)` like pino. It gets opened, lagging
   * and closed connections (debug), refused clients and gaps (info), and errors that the app's
   * functions throw outside of any request, failures of calls that nothing awaits, and settings
   * that let a client choose its address (error). By default these errors go to `console.error`,
   * the others are warnings of the process, and nothing else is logged.
   */
  logger?: Logger;
  /** The backplane that joins this hub with other processes. Defaults to `memoryBackplane()`. */
  backplane?: BackplaneFactory;
  /**
   * The source of time and timers. Tests can pass the fake one of `@pushwire/core/testing`.
   * Defaults to the system's clock.
   */
  clock?: Clock;
}

/** {@link HubOptions} with their defaults. */
export interface HubSettings extends NamedLimits {
  readonly clock: Clock;
  readonly backplane: BackplaneFactory;
  readonly limits: Limits;
  readonly clientKey: ((request: unknown) => string) | undefined;
  readonly tagOf: TagOf;
  readonly logger: Logger | undefined;
  readonly settings: ConnectionDefaults;
}

/** @throws TypeError for an unknown option or a value that does not fit. */
export function readHubOptions(options: HubOptions | undefined): HubSettings {
  const checked = checkOptions<HubOptions>('createHub', options, {
    ...namedChecks,
    heartbeat: milliseconds(100),
    retry: milliseconds(500),
    batchDelay: milliseconds(0),
    highWaterMark: integer(0),
    maxPending: integer(1),
    fastPath: aBoolean,
    maxAge: milliseconds(1000, { infinity: true }),
    stallTimeout: milliseconds(1000),
    sourceTimeout: milliseconds(1, { infinity: true }),
    overrun: oneOf('gap', 'disconnect'),
    compress: aCompression,
    limits: checkLimitsOption,
    clientKey: aFunction,
    cursorSecret: checkCursorSecret,
    logger: anObjectWith('debug', 'info', 'error'),
    backplane: aFunction,
    clock: anObjectWith('now', 'soon', 'after'),
  });
  const { log, state, presence, compress, limits, clientKey, cursorSecret, logger, ...others } = checked;
  const { clock = systemClock, backplane = memoryBackplane(), ...settings } = others;
  const { highWaterMark } = settings;
  return {
    clock,
    backplane,
    logger,
    limits: { ...defaultLimits, ...withoutUndefined(limits) },
    clientKey: clientKey as ((request: unknown) => string) | undefined,
    tagOf: cursorSecret === undefined ? plainTag : keyedTags(cursorSecret),
    settings: {
      ...connectionDefaults,
      ...withoutUndefined({ ...settings, stateHighWaterMark: highWaterMark }),
      ...(compress !== undefined && { compression: compressionOf(compress) }),
    },
    ...namedLimits({ log, state, presence }),
  };
}

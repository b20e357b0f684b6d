import type { BackplaneFactory } from '../backplanes/backplane';
import { memoryBackplane } from '../backplanes/memory';
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
import { defaultLimits, type Limits } from '../delivery/admission';
import { maxPositions } from '../log/cursor';
import { defaultLogLimits, type LogLimits } from '../log/log';
import { type Clock, systemClock } from '../time/clock';
import type { Logger } from './telemetry';

/** Options of `createHub()`. */
export interface HubOptions {
  /**
   * How much history each channel keeps, or a function that tells it by the channel's name. What is not given has its
   * default: 1,000 messages, 1 MiB, 10 minutes. 0 for any of them keeps nothing.
   */
  log?: Partial<LogLimits> | ((channel: string) => Partial<LogLimits>);
  /** Milliseconds of silence after which a stream gets a heartbeat. Default 15,000: the smallest proxy timeout is 30 s. */
  heartbeat?: number;
  /** Milliseconds that clients are asked to wait before they come back, spread by a quarter. Default 3,000; least 500. */
  retry?: number;
  /**
   * Milliseconds that are waited for more when something was published, so that it goes out in one write. Default 0: what one
   * turn of the event loop publishes goes out together.
   */
  batchDelay?: number;
  /**
   * Bytes that a connection's socket may hold unsent before the connection is left to catch up from the log. Default
   * 262,144 (256 KiB).
   */
  highWaterMark?: number;
  /**
   * Milliseconds after which a stream from a channel ends, spread by a tenth, and the client comes back by its cursor: some
   * proxies cut after ten minutes whatever flows. It does not hold for WebSockets and generators. `Infinity`: never.
   * Default 570,000 (9.5 minutes).
   */
  maxAge?: number;
  /**
   * Milliseconds after which a client is closed that takes nothing of what was sent to it. Default 120,000: what a slow
   * client takes can only be seen by the buffer of its socket.
   */
  stallTimeout?: number;
  /**
   * What becomes of a client that is so slow that the log moves past it: it is told of the `gap` and goes on from what there
   * is, or it is asked to come back (`disconnect`), and is told then. Default `gap`.
   */
  overrun?: 'gap' | 'disconnect';
  /**
   * Whether the bytes of a plain response may go to its socket directly, which costs about half and gives the same
   * bytes. Default true.
   */
  fastPath?: boolean;
  /**
   * How much the hub takes on. Whoever comes when it is full is asked to come back later: streams by `pushwire:retry`, polls and
   * WebSockets by 503.
   */
  limits?: Partial<Limits>;
  /** Tells clients apart for `limits.perClient`, by the framework's request. Default: the address that the framework says. */
  clientKey?: (request: never) => string;
  /**
   * The app's own logger, called as pino has it: `logger.info(fields, sentence)`. It hears of connections (debug), of clients
   * that are turned away and of gaps (info), and of what the app's own functions throw in nobody's request (error). Default:
   * such errors go to `console.error`, and nothing else is said.
   */
  logger?: Logger;
  /** What joins this hub with others. Default: the memory of this process. */
  backplane?: BackplaneFactory;
  /** Time. Default: the system's. A fake one is in `@pushwire/core/testing`. */
  clock?: Clock;
}

const defaults = {
  heartbeat: 15_000,
  retry: 3000,
  batchDelay: 0,
  highWaterMark: 256 * 1024,
  fastPath: true,
  maxAge: 570_000,
  stallTimeout: 120_000,
  overrun: 'gap' as 'gap' | 'disconnect',
};

/** What connections take over from their hub where their route says nothing else. */
export type ConnectionDefaults = Readonly<typeof defaults>;

/** {@link HubOptions} with their defaults. */
export interface HubSettings {
  readonly clock: Clock;
  readonly backplane: BackplaneFactory;
  readonly limits: Limits;
  readonly clientKey: ((request: unknown) => string) | undefined;
  readonly logger: Logger | undefined;
  readonly settings: ConnectionDefaults;
  limitsOf(channel: string): LogLimits;
}

/** @throws TypeError for an unknown option or a value that does not fit. */
export function readHubOptions(options: HubOptions | undefined): HubSettings {
  const own = checkOptions<HubOptions>('createHub', options, {
    log: checkLogOption,
    heartbeat: milliseconds(100),
    retry: milliseconds(500),
    batchDelay: milliseconds(0),
    highWaterMark: integer(0),
    fastPath: aBoolean,
    maxAge: milliseconds(1000, { infinity: true }),
    stallTimeout: milliseconds(1000),
    overrun: oneOf('gap', 'disconnect'),
    limits: checkLimitsOption,
    clientKey: aFunction,
    logger: anObjectWith('debug', 'info', 'error'),
    backplane: aFunction,
    clock: anObjectWith('now', 'soon', 'after'),
  });
  const { log, limits, clientKey, logger, clock = systemClock, backplane = memoryBackplane(), ...settings } = own;
  return {
    clock,
    backplane,
    logger,
    limits: { ...defaultLimits, ...withoutUndefined(limits) },
    clientKey: clientKey as ((request: unknown) => string) | undefined,
    settings: { ...defaults, ...withoutUndefined(settings) },
    limitsOf: (channel) => ({
      ...defaultLogLimits,
      ...withoutUndefined(typeof log === 'function' ? checkLogLimits(log(channel)) : log),
    }),
  };
}

function checkLimitsOption(value: unknown): string | undefined {
  const check = integer(1, { infinity: true });
  const checks = {
    connections: check,
    perClient: check,
    channels: integer(1, { max: maxPositions }),
    messageBytes: check,
  };
  checkOptions<Partial<Limits>>('limits', value as Partial<Limits>, checks);
  return undefined;
}

function checkLogOption(value: unknown): string | undefined {
  if (typeof value === 'function') return undefined;
  checkLogLimits(value as Partial<LogLimits>);
  return undefined;
}

function checkLogLimits(limits: Partial<LogLimits>): Partial<LogLimits> {
  const check = integer(0, { infinity: true });
  return checkOptions<Partial<LogLimits>>('log', limits, { count: check, bytes: check, age: check });
}

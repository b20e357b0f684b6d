import { memoryBackplane } from '@pushwire/core';
import {
  type BackplaneFactory,
  type Check,
  type Clock,
  checkOptions,
  integer,
  milliseconds,
  systemClock,
  withoutUndefined,
} from '@pushwire/core/backplanes';
import type { Cors } from './http/cors';
import type { HttpSettings } from './http/exchange';

/** Limits of all streams together. */
export interface DurableStreamsLimits {
  /** The most streams. Defaults to 100000. */
  streams?: number;
  /**
   * The most bytes of all streams, with 200 bytes for each append beside its own. Defaults to
   * 268435456 (256 MiB).
   */
  bytes?: number;
}

/** Options of `durableStreams()`. */
export interface DurableStreamsOptions {
  /**
   * The place where the streams are: the memory of this process, or Redis, by
   * `redisBackplane({ client })`. Defaults to `memoryBackplane()`.
   */
  backplane?: BackplaneFactory;
  /**
   * The most bytes of one append. A larger one is refused with 413. Defaults to 4194304 (4 MiB).
   */
  maxAppendBytes?: number;
  /**
   * The most bytes of one stream, with 200 bytes for each append beside its own. Each process keeps
   * the streams that it serves in memory. An append beyond it is refused with 413. Defaults to
   * 67108864 (64 MiB).
   */
  maxStreamBytes?: number;
  /**
   * Limits of all streams together. A stream or an append beyond them is refused with 507, until
   * others expire or are deleted. All processes on one Redis share the count, so they need the same
   * limits.
   */
  limits?: DurableStreamsLimits;
  /**
   * The most bytes of one answer, and of one event. A single append may have more. Defaults to
   * 1048576 (1 MiB).
   */
  chunkBytes?: number;
  /** Milliseconds for which a long poll waits. Defaults to 25000 ms. */
  longPollTimeout?: number;
  /**
   * Milliseconds after which an event stream ends, and its client comes back, so that caches can
   * join clients. Defaults to 60000 ms.
   */
  sseMaxAge?: number;
  /** Milliseconds of silence before an event stream sends a comment. Defaults to 15000 ms. */
  heartbeat?: number;
  /**
   * Milliseconds for which a process follows a stream after its last request. Defaults to 60000 ms.
   */
  idleTimeout?: number;
  /**
   * The `Cache-Control` of reads. Streams that everybody may read can be cached by `public,
   * max-age=60, stale-while-revalidate=300`. Defaults to `private, no-cache`.
   */
  cacheControl?: string;
  /**
   * The origins whose pages may use the streams: `'*'`, or an array. Leave it out where middleware
   * such as `cors` does that. By default, these are the pages of the same origin.
   */
  cors?: '*' | readonly string[];
  /**
   * The server's origin as clients see it, such as `https://api.example.com`, for the `Location` of
   * a stream. By default it is made of the request, which may not know it behind a proxy.
   */
  origin?: string;
  /** Gets errors that are no fault of a request. Defaults to `console.error`. */
  onError?: (error: unknown, message: string) => void;
  /** The source of time and timers. Defaults to the system's clock. */
  clock?: Clock;
}

/** {@link DurableStreamsOptions} with their defaults. */
export interface DurableStreamsSettings extends HttpSettings {
  readonly backplane: BackplaneFactory;
  readonly limits: Required<DurableStreamsLimits>;
  readonly idleTimeout: number;
  readonly cors: Cors;
  onError(error: unknown, message: string): void;
}

const defaults = {
  maxAppendBytes: 4 * 1024 * 1024,
  maxStreamBytes: 64 * 1024 * 1024,
  chunkBytes: 1024 * 1024,
  longPollTimeout: 25_000,
  sseMaxAge: 60_000,
  heartbeat: 15_000,
  idleTimeout: 60_000,
  cacheControl: 'private, no-cache',
};

const defaultLimits = { streams: 100_000, bytes: 256 * 1024 * 1024 };

const someLimits: Check = (value) => {
  const check = integer(1, { infinity: true });
  checkOptions<DurableStreamsLimits>('limits', value as DurableStreamsLimits, { streams: check, bytes: check });
  return undefined;
};

const aText: Check = (value) => (typeof value === 'string' && value !== '' ? undefined : 'a text');

const aFunction: Check = (value) => (typeof value === 'function' ? undefined : 'a function');

const someOrigins: Check = (value) =>
  value === '*' || (Array.isArray(value) && value.every((each) => typeof each === 'string'))
    ? undefined
    : "'*' or an array of origins";

const aClock: Check = (value) => (typeof (value as Clock | null)?.now === 'function' ? undefined : 'a clock');

/** @throws TypeError for an unknown option or a value that does not fit. */
export function readOptions(options: DurableStreamsOptions | undefined): DurableStreamsSettings {
  const checked = checkOptions<DurableStreamsOptions>('durableStreams', options, {
    backplane: aFunction,
    maxAppendBytes: integer(1),
    maxStreamBytes: integer(1),
    limits: someLimits,
    chunkBytes: integer(1),
    longPollTimeout: milliseconds(1),
    sseMaxAge: milliseconds(1),
    heartbeat: milliseconds(100),
    idleTimeout: milliseconds(0),
    cacheControl: aText,
    cors: someOrigins,
    origin: aText,
    onError: aFunction,
    clock: aClock,
  });
  return {
    backplane: memoryBackplane(),
    clock: systemClock,
    onError: (error, message) => console.error(message, error),
    cors: undefined,
    origin: undefined,
    ...defaults,
    ...withoutUndefined(checked),
    limits: { ...defaultLimits, ...withoutUndefined(checked.limits ?? {}) },
  };
}

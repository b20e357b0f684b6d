import { type Clock, systemClock } from './environment/clock.js';
import { type Memory, pageMemory } from './environment/transport-memory.js';
import type { Query, Transport, WebSocketClass } from './transports/transport.js';
import { misuse } from './wire/error.js';

/** The built-in transports. `comet` is an entry of its own. */
export type TransportName = 'sse' | 'websocket' | 'long-poll' | 'poll';

/** Headers by name. */
export type Headers = Readonly<Record<string, string>>;

/** Options of {@link connect}. */
export interface ConnectOptions {
  /**
   * The transports to try, the best first. Server-Sent Events are plain HTTP: they show status and
   * headers and share an HTTP/2 connection. A WebSocket gets past proxies that buffer responses. A
   * long poll gets through everywhere, and an interval poll even where no request may be held.
   * Defaults to `['sse', 'websocket', 'long-poll', 'poll']`, without `websocket` if `headers`,
   * `method` or `body` is set, since a WebSocket cannot send them, and without `sse` where the
   * runtime has no `ReadableStream`, as React Native.
   */
  transports?: readonly (TransportName | Transport)[];
  /**
   * The cursor to start from; `'0'` starts with the oldest message that is kept. Without it, the
   * connection starts with the next message. No default.
   */
  cursor?: string;
  /**
   * Headers of each request, or a function that returns them, for tokens that expire: it is called
   * for each request, and an attempt that gets a 401 is repeated once. A WebSocket sends no
   * headers. No default.
   */
  headers?: Headers | (() => Headers | Promise<Headers>);
  /**
   * Parameters for the URL's query, or a function that returns them, for tokens that expire: it is
   * called before each attempt, poll and `send()`, for a WebSocket too. No default.
   */
  query?: Query | (() => Query | Promise<Query>);
  /** When to send cookies, as in `fetch`. Defaults to `'same-origin'`. */
  credentials?: 'omit' | 'same-origin' | 'include';
  /** The method of streams and polls. Defaults to `'GET'`. */
  method?: string;
  /** The body of streams and polls, for a `method` that has one. No default. */
  body?: string;
  /**
   * True if the server may get the same request twice. Without it, a one-off stream that breaks
   * before its end is not requested again, and the connection fails with the error `interrupted`;
   * so does an attempt by which the server may have got the request. A channel's stream resumes by
   * its cursor in any case. Defaults to true for the method `GET`, and to false for others.
   */
  idempotent?: boolean;
  /**
   * HTTP statuses after which the client comes back, and which would otherwise end the connection
   * or exclude the transport: for example `[403, 404]`, which some proxies answer for moments
   * during a deployment. Defaults to `[]`.
   */
  retryOn?: readonly number[];
  /**
   * Milliseconds for an attempt to bring its first frame, which the server sends at once. Then the
   * client tries the next transport. Doubles after each wait that follows a failure or a
   * `pushwire:retry`, up to 30000 ms. Defaults to 5000 ms.
   */
  openTimeout?: number;
  /**
   * Milliseconds after which the client, on a fallback, tries a better transport again: a
   * sixteenth of it for one that has not failed. Doubles with each trial, up to 16 times.
   * Defaults to 60000 ms.
   */
  betterAfter?: number;
  /**
   * Milliseconds that a connection must last to count as steady. A transport that drops earlier
   * three times in a row is replaced by the next. Defaults to 10000 ms.
   */
  steadyAfter?: number;
  /**
   * The base of the back-off, in milliseconds, until the server announces its own `retry`. The
   * client waits a random time from 0 to a bound that starts here and doubles with each failure.
   * Defaults to 1000 ms.
   */
  retry?: number;
  /** The highest bound of the back-off, in milliseconds. Defaults to 30000 ms. */
  maxRetry?: number;
  /**
   * Milliseconds in which the server must have taken a message of `send()`. Defaults to 30000 ms.
   */
  sendTimeout?: number;
  /**
   * The most characters that one message may have, before decoding. A larger one ends the
   * connection as `failed`. The answer to a poll, which holds many messages, may have 4194304
   * characters more. Defaults to 4194304.
   */
  maxMessage?: number;
  /**
   * Remembers which transports did not work: a `Map`, or `storedIn(sessionStorage)`. Defaults to a
   * `Map` of the page.
   */
  memory?: Memory;
  /** A function like `fetch`. Defaults to the global one. */
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /**
   * A WebSocket class. Node has none before 22: pass that of `ws`, or the client falls back to the
   * next transport. Defaults to the global one.
   */
  WebSocket?: WebSocketClass;
  /** Time and timers, for tests. Defaults to the system's. */
  clock?: Clock;
  /** Returns a random number from 0 to 1, for tests. Defaults to `Math.random`. */
  random?: () => number;
}

/** The options that have a default. */
export const defaults = {
  sendTimeout: 30_000,
  maxRetry: 30_000,
  maxMessage: 2 ** 22,
  memory: pageMemory,
  retry: 1000,
  retryOn: [] as readonly number[],
  clock: systemClock,
  openTimeout: 5000,
  betterAfter: 60_000,
  steadyAfter: 10_000,
  random: Math.random,
};

/** {@link ConnectOptions} with their defaults. */
export type Settings = Omit<ConnectOptions, 'WebSocket'> &
  typeof defaults & { readonly WebSocket: WebSocketClass | undefined };

/** A value of the right type for each option. */
const samples = {
  ...defaults,
  WebSocket: misuse,
  idempotent: true,
  query: {},
  credentials: '',
  headers: {},
  transports: [],
  method: '',
  body: '',
  fetch: misuse,
  cursor: '',
} satisfies { readonly [Name in keyof Required<ConnectOptions>]: unknown };

/**
 * Checks the options and adds the defaults. An option that is `undefined` counts as not given.
 *
 * @throws {TypeError} for an unknown option or a value of the wrong type.
 */
export function readOptions(options: ConnectOptions): Settings {
  const settings: Record<string, unknown> = { ...defaults, WebSocket: globalThis.WebSocket };
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const expected = typeof samples[name as keyof ConnectOptions];
    if (expected === 'undefined') throw misuse('connect option', `${Object.keys(samples)}`, name);
    const fits = typeof value === expected || (/^[hq]/.test(name) && typeof value === 'function');
    if (!fits || (expected === 'number' && !(value > 0))) throw misuse(`connect option ${name}`, expected, value);
    settings[name] = value;
  }
  return settings as Settings;
}

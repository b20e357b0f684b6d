import { type Clock, systemClock } from './environment/clock.js';
import { type Memory, pageMemory } from './environment/memory.js';
import type { Transport, WebSocketClass } from './transports/transport.js';

/** Transports that are always there; `comet()` is one that is imported. */
export type TransportName = 'sse' | 'websocket' | 'long-poll' | 'poll';

/** Headers of each request, or what gives them. */
export type Headers = Readonly<Record<string, string>>;

/** Options of {@link connect}. */
export interface ConnectOptions {
  /**
   * Which transports are tried, the best first. Default: `sse`, `websocket`, `long-poll`, `poll`. Server-Sent Events come first since
   * they are plain HTTP, show status and headers, and share an HTTP/2 connection; a WebSocket is the next that brings a message
   * at once, and gets past what buffers; a long poll gets through everywhere, and an interval poll where nothing may be held.
   * With `headers`, `method` or `body`, which a WebSocket cannot send, it is left out of the default.
   */
  transports?: readonly (TransportName | Transport)[];
  /** Where to start: a cursor, or `0` for all that is kept. Default: from now. */
  cursor?: string;
  /**
   * Headers of each request, or a function that is asked before each attempt, and once more after a 401: for tokens that
   * expire. A WebSocket sends none. Default: none.
   */
  headers?: Headers | (() => Headers | Promise<Headers>);
  /** Whether cookies go along, as `fetch` has it. Default `same-origin`. */
  credentials?: 'omit' | 'same-origin' | 'include';
  /** The method of streams and polls. Default `GET`. */
  method?: string;
  /** The body of streams and polls, for a `method` that has one. */
  body?: string;
  /**
   * Milliseconds in which an attempt must bring its first frame, which the server sends at once; then the next transport is
   * tried. Doubled with each round in vain, up to 30,000. Default 5,000.
   */
  openTimeout?: number;
  /**
   * Milliseconds after which a better transport is tried again beside one that was fallen back to. Doubled with each trial in
   * vain, up to 16 times. Default 60,000.
   */
  betterAfter?: number;
  /** Milliseconds that a connection must last: a transport that three times in a row does not is left. Default 10,000. */
  steadyAfter?: number;
  /**
   * The base of the back-off in ms, until the server names its `retry`: the wait is anything from 0 to a bound that starts
   * here and doubles with each failure. Default 1,000.
   */
  retry?: number;
  /** The bound of the back-off in ms. Default 30,000. */
  maxRetry?: number;
  /** Characters that one message may have, as it comes. A larger one ends the connection as failed. Default 4,194,304. */
  maxMessage?: number;
  /** Where is kept which transports did not work: `storedIn(sessionStorage)`, for one. Default: as long as the page is there. */
  memory?: Memory;
  /** Default: the global one. */
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Default: the global one. Node has none before 22: give it that of `ws`, or it goes on to the next transport. */
  WebSocket?: WebSocketClass;
  /** Time. Default: the system's. */
  clock?: Clock;
  /** Chance, from 0 to 1. Default: `Math.random`. */
  random?: () => number;
}

/** The options that have a default. */
export const defaults = {
  openTimeout: 5000,
  betterAfter: 60_000,
  steadyAfter: 10_000,
  retry: 1000,
  maxRetry: 30_000,
  maxMessage: 2 ** 22,
  memory: pageMemory,
  clock: systemClock,
  random: Math.random,
};

/** {@link ConnectOptions} with their defaults. */
export type Settings = Omit<ConnectOptions, 'WebSocket'> &
  typeof defaults & { readonly WebSocket: WebSocketClass | undefined };

/** One of what each option may be. */
const samples = {
  ...defaults,
  transports: [],
  cursor: '',
  headers: {},
  credentials: '',
  method: '',
  body: '',
  fetch() {},
  WebSocket() {},
} satisfies { readonly [Name in keyof Required<ConnectOptions>]: unknown };

/** The `TypeError` for misuse: which option, what was wanted, what came. */
export function misuse(option: string, expected: string, came: unknown): TypeError {
  return new TypeError(`${option}: expected ${expected}, got ${came}`);
}

/**
 * The options with their defaults; one that is `undefined` was not given.
 *
 * @throws TypeError for an unknown option or a value that does not fit.
 */
export function readOptions(options: ConnectOptions): Settings {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) {
    const wanted = typeof samples[name as keyof ConnectOptions];
    if (wanted === 'undefined') throw misuse('connect option', `${Object.keys(samples)}`, name);
    const fits = typeof value === wanted || (name === 'headers' && typeof value === 'function');
    if (!fits || (wanted === 'number' && !(value > 0))) throw misuse(`connect option ${name}`, wanted, value);
  }
  return { ...defaults, WebSocket: globalThis.WebSocket, ...Object.fromEntries(given) };
}

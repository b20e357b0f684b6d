import type { Clock } from './clock.js';
import type { Memory } from './memory.js';
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
  /** Messages that may wait for one `for await`; then the oldest are dropped, and the loop is told. Default 1,000. */
  buffer?: number;
  /** Where is kept which transports did not work: `sessionStorage`, for one. Default: as long as the page is there. */
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

type Check = readonly [wanted: string, fits: (value: unknown) => boolean];

const aString: Check = ['a string', (value) => typeof value === 'string'];
const aFunction: Check = ['a function', (value) => typeof value === 'function'];
const anObject: Check = ['an object', (value) => typeof value === 'object' && value !== null];
const either = (one: Check, other: Check): Check => [
  `${one[0]}, or ${other[0]}`,
  (value) => one[1](value) || other[1](value),
];
const anInteger = (least: number): Check => [
  `an integer from ${least}`,
  (value) => Number.isSafeInteger(value) && (value as number) >= least,
];
const someMilliseconds: Check = [
  'an integer number of milliseconds',
  (value) => anInteger(1)[1](value) && (value as number) < 2 ** 31,
];

const checks: { readonly [Name in keyof Required<ConnectOptions>]: Check } = {
  transports: ['an array of transports', (value) => Array.isArray(value) && value.length > 0],
  cursor: aString,
  headers: either(anObject, aFunction),
  credentials: aString,
  method: aString,
  body: aString,
  openTimeout: someMilliseconds,
  betterAfter: someMilliseconds,
  steadyAfter: someMilliseconds,
  retry: someMilliseconds,
  maxRetry: someMilliseconds,
  maxMessage: anInteger(1),
  buffer: anInteger(1),
  memory: anObject,
  fetch: aFunction,
  WebSocket: aFunction,
  clock: anObject,
  random: aFunction,
};

/** The `TypeError` for misuse: which option, what was wanted, what came. */
export function misuse(option: string, wanted: string, came: unknown): TypeError {
  const shown =
    typeof came === 'string' ? JSON.stringify(came.slice(0, 60)) : typeof came === 'number' ? came : typeof came;
  return new TypeError(`${option}: expected ${wanted}, got ${shown}`);
}

/** @throws TypeError for an unknown option or a value that does not fit. */
export function checkOptions(options: ConnectOptions): void {
  if (!anObject[1](options)) throw misuse('connect options', 'an object', options);
  for (const [name, value] of Object.entries(options)) {
    const check = checks[name as keyof ConnectOptions];
    if (!check)
      throw new TypeError(`connect option ${name}: there is none, known are ${Object.keys(checks).join(', ')}`);
    if (value !== undefined && !check[1](value)) throw misuse(`connect option ${name}`, check[0], value);
  }
}

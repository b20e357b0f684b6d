import { type Check, checkOptions } from '../checks/check-options';
import { misuse } from '../checks/errors';
import { checkDialect } from '../dialects/check-dialect';
import type { Dialect } from '../dialects/dialect';
import { dialectEncoder } from '../dialects/dialect-encoder';
import { type BareFormat, bareFormatOf, bareSseEncoder } from '../encoders/bare-sse';
import type { Encoder } from '../encoders/encoder';
import { sseEncoder, sseFramesEncoder } from '../encoders/sse';
import type { ErrorListener } from '../http/error-listener';
import type { Exchange } from '../http/exchange';
import type { Framework } from '../http/framework';
import { asksForFrames } from '../http/query';
import { type Serve, serveSource } from '../http/serve';
import type { Source } from '../http/source';
import type { Transport } from '../http/transport';
import { callOutsideRequests } from '../time/async-context';
import { streaming } from './streaming';
import { type StreamOptions, streamChecks } from './streaming-options';

/** Options of `sse()`. */
export interface SseOptions<Request> extends StreamOptions<Request> {
  /**
   * Sends nothing but the app's own messages: no event of the protocol, no `id` and no `retry` but
   * those that the app sends, and `Content-Type: text/event-stream` without a charset. An object
   * chooses the spelling. Clients of channels cannot resume then: what they send as an id is
   * ignored, no gap is told, and `maxAge` does not apply. Clients that ask for `pushwire.v1` get
   * the same bytes as all others. Only `push()` takes `retry` beside it, for its other transports.
   * Defaults to false.
   */
  bare?: boolean | BareFormat;
  /**
   * The protocol of clients that do not know ours, such as an SDK. `@pushwire/core/dialects` has
   * ready ones. The source is one run, one channel or a generator. Nothing but the end of the
   * source ends a stream cleanly, and `maxAge` does not apply. Other transports of `push()` are not
   * concerned. No default.
   */
  dialect?: Dialect;
}

/** The format says itself what is wrong with it. */
const aFormat: Check = (value) => {
  bareFormatOf(value);
  return undefined;
};

const aDialect: Check = (value) => {
  checkDialect(value);
  return undefined;
};

/** @throws TypeError for options that contradict each other. */
export function checkDialectOptions<Request>(
  owner: string,
  { dialect, bare, initial, join }: Pick<SseOptions<Request>, 'dialect' | 'bare' | 'initial' | 'join'>,
): void {
  if (dialect === undefined) return;
  if (bare) throw misuse(`${owner} option bare`, 'none beside dialect, which may be bareSse()', bare);
  if (initial) throw misuse(`${owner} option initial`, 'none beside dialect, which has no snapshots', initial);
  if (join && dialect.received && !dialect.tellsNumbers) {
    throw misuse(`${owner} option join`, `none beside the dialect ${dialect.name}, whose clients count messages`, join);
  }
}

/** @throws TypeError for `retry` where it would do nothing. */
export function checkBare<Request>(
  owner: string,
  { bare = false, retry }: Pick<SseOptions<Request>, 'bare' | 'retry'>,
) {
  if (bare === false || retry === undefined) return;
  throw misuse(`${owner} option retry`, 'none beside bare, since a bare stream has only what the app sends', retry);
}

export const sseChecks = { ...streamChecks, bare: aFormat, dialect: aDialect };

/**
 * Makes a function that serves a source as Server-Sent Events. Every adapter's `sse()` wraps it.
 *
 * The promise of the function rejects with the error of a function source, or of an async generator
 * before its first message. Nothing has been sent then, so the framework's error handling can
 * answer. Later errors go to `onError`.
 *
 * @param framework the parts of a web framework. Defaults to those of bare `node:http`.
 * @throws TypeError for a source or an option that does not fit.
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { createHub, serveSse } from '@pushwire/core';
 *
 * const news = createHub().channel('news');
 * const serve = serveSse(news, { heartbeat: 10000 });
 * createServer((request, response) => {
 *   serve(request, response, request).catch(() => response.writeHead(500).end());
 * }).listen(3000);
 * ```
 */
export function serveSse<Request>(
  source: Source<Request>,
  options?: SseOptions<Request>,
  framework: Framework<Request> = {},
): Serve<Request> {
  const checked = checkOptions<SseOptions<Request>>('sse', options, sseChecks);
  checkBare('sse', checked);
  checkDialectOptions('sse', checked);
  return serveSource(source, sseTransport(checked, framework.onError), framework);
}

/** Routes with a dialect, whose encoders need names. */
let dialectCount = 0;

/** @param options are checked. */
export function sseTransport<Request>(
  { bare, dialect, ...options }: SseOptions<Request>,
  defaultOnError: ErrorListener<Request> | undefined,
): Transport<Request> {
  const format = bareFormatOf(bare);
  if (dialect !== undefined) {
    const encoder = dialectEncoder(dialect, `dialect ${++dialectCount}`, callOutsideRequests);
    return streaming({ options, defaultOnError, maxAge: Number.POSITIVE_INFINITY, encoderOf: () => encoder });
  }
  if (format === undefined) return streaming({ options, defaultOnError, encoderOf: encoderFor });
  const encoder = bareSseEncoder(format);
  // A client that comes back has no cursor, and would miss what was published meanwhile.
  return streaming({ options, defaultOnError, maxAge: Number.POSITIVE_INFINITY, encoderOf: () => encoder });
}

/** Clients that ask for `pushwire.v1` get frames, which keep the kind of the data. */
function encoderFor<Request>({ query }: Exchange<Request>): Encoder {
  return asksForFrames(query) ? sseFramesEncoder : sseEncoder;
}

import type { IncomingMessage } from 'node:http';
import { aFunction, checkOptions, integer, listOfOrigins, parameterName } from '../checks/check-options';
import { badRequest } from '../checks/errors';
import type { FrameEvent } from '../encoders/comet';
import type { CometTarget } from '../encoders/comet-opening';
import type { Encoder } from '../encoders/encoder';
import type { ErrorListener } from '../http/error-listener';
import type { Exchange } from '../http/exchange';
import type { Framework } from '../http/framework';
import { type Serve, serveSource } from '../http/serve';
import type { Source } from '../http/source';
import type { Transport } from '../http/transport';
import { systemClock } from '../time/clock';
import { aCallback, type CometCallback, callbackFor } from './comet-callback';
import { formatsOf } from './comet-formats';
import { allowOwnScripts, SharedNonce } from './content-security-policy';
import { streaming } from './streaming';
import { type StreamOptions, streamChecks } from './streaming-options';

/** Options of `comet()`. */
export interface CometOptions<Request> extends StreamOptions<Request> {
  /**
   * The function that the iframe calls in the page around it: a name, or names joined by dots
   * (`app.comet.onEvent`). A request can name another one by `?callback=` only if this is an array
   * of such names, or a RegExp that all of the name must match. Without a name from the request,
   * the first of an array is called, or `pushwire`. With a RegExp, functions that every window has
   * (`eval`, `open`) are never called. Defaults to `pushwire`, and to names that begin with
   * `pushwire_` and have at most 32 letters, digits and `_`.
   */
  callback?: CometCallback;
  /**
   * Origins of pages on other sites that may embed the iframe. It sends them its messages by
   * `window.postMessage`. With several origins, the request names one of them by `?origin=`. No
   * default: the page must have the same origin as the iframe.
   */
  origins?: readonly string[];
  /** The query parameter that carries the cursor when the iframe reloads. Defaults to `cursor`. */
  parameter?: string;
  /**
   * Returns the value that the page gets for an event, or `undefined` to skip the event. Defaults
   * to the event itself: `{ id?, event?, data, encoding? }`.
   */
  map?: (event: FrameEvent) => unknown;
  /**
   * Bytes after which a document of channels ends and the iframe reloads itself, since browsers
   * keep the whole document in memory. `Infinity` for no limit. Defaults to 1048576 (1 MiB).
   */
  maxBytes?: number;
}

const defaultMaxBytes = 1024 * 1024;

/**
 * Makes a function that serves a source as the endless document of an iframe. Every adapter's
 * `comet()` wraps it. Errors are handled as in `serveSse()`.
 *
 * @param framework the parts of a web framework. Defaults to those of bare `node:http`.
 * @throws TypeError for a source or an option that does not fit.
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { createHub, serveComet } from '@pushwire/core';
 *
 * const news = createHub().channel('news');
 * const serve = serveComet(news, { callback: 'app.onNews' });
 * createServer((request, response) => {
 *   serve(request, response, request).catch(() => response.writeHead(500).end());
 * }).listen(3000);
 * ```
 */
export function serveComet<Request>(
  source: Source<Request>,
  options?: CometOptions<Request>,
  framework: Framework<Request> = {},
): Serve<Request> {
  return serveSource(source, cometTransport(options, framework.onError), framework);
}

export function cometTransport<Request>(
  options: CometOptions<Request> | undefined,
  defaultOnError?: ErrorListener<Request>,
): Transport<Request> {
  const { callback, origins, parameter, map, maxBytes, ...rest } = checkOptions<CometOptions<Request>>(
    'comet',
    options,
    {
      ...streamChecks,
      callback: aCallback,
      origins: listOfOrigins,
      parameter: parameterName,
      map: aFunction,
      maxBytes: integer(1, { infinity: true }),
    },
  );
  const formats = formatsOf(map);
  const nonces = new SharedNonce(systemClock);

  const encoderOf = (exchange: Exchange<Request>): Encoder => {
    refusePage(exchange.incoming);
    const origin = originFor(origins, exchange.query);
    const target: CometTarget = {
      ...callbackFor(callback, exchange.query),
      parameter: parameter ?? 'cursor',
      ...(origin !== undefined && { origin }),
    };
    return formats(allowOwnScripts(exchange.response, nonces))(target);
  };
  return streaming({
    options: rest,
    defaultOnError,
    maxBytes: maxBytes ?? defaultMaxBytes,
    encoderOf,
    ...(parameter !== undefined && { parameter }),
  });
}

/**
 * Refuses a document that a browser would show as a page of its own. Browsers say so over HTTPS.
 * The document's first script checks it again.
 */
function refusePage({ headers }: IncomingMessage): void {
  if (headers['sec-fetch-dest'] === 'document') throw badRequest('This document is for an iframe, not for a page.');
}

function originFor(origins: readonly string[] | undefined, query: URLSearchParams): string | undefined {
  if (origins === undefined) return undefined;
  const origin = query.get('origin') ?? (origins.length === 1 ? origins[0] : undefined);
  if (origin === undefined || !origins.includes(origin)) {
    throw badRequest('The origin must be one of the allowed origins.');
  }
  return origin;
}

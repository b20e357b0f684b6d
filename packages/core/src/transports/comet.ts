import { aFunction, checkOptions, integer, listOfOrigins, parameterName } from '../checks/check-options';
import { badRequest, notAsync } from '../checks/errors';
import { type CometTarget, cometEncoder, type FrameEvent } from '../encoders/comet';
import type { Encoder } from '../encoders/encoder';
import type { ErrorListener } from '../http/error-listener';
import type { Exchange } from '../http/exchange';
import type { Framework } from '../http/framework';
import { type Serve, serveSource } from '../http/serve';
import type { Source } from '../http/source';
import type { Transport } from '../http/transport';
import { callOutsideRequests } from '../time/async-context';
import { allowOwnScripts } from './content-security-policy';
import { streaming } from './streaming';
import { type StreamOptions, streamChecks } from './streaming-options';

/** Options of `comet()`. */
export interface CometOptions<Request> extends StreamOptions<Request> {
  /**
   * The function that the iframe calls in the page around it: a name, or names joined by dots
   * (`app.comet.onEvent`). Without this option, a request may name another function by
   * `?callback=`, of up to 32 letters, digits and `_`. Defaults to `pushwire`.
   */
  callback?: string;
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
 * Encoders that a route keeps for callback names and origins. Further ones are made for each
 * request.
 */
const maxCachedEncoders = 16;

/**
 * A callback that a request may name. It goes into a script, so it must not contain anything else.
 */
const callbackPattern = /^[A-Za-z0-9_]{1,32}$/;
const dottedPath = /^[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*$/;

let routeCount = 0;

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
 * createServer((request, response) => serve(request, response, request)).listen(3000);
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
      callback: matching(dottedPath, 'a name, or names joined by dots'),
      origins: listOfOrigins,
      parameter: parameterName,
      map: aFunction,
      maxBytes: integer(1, { infinity: true }),
    },
  );
  const route = ++routeCount;
  const encoders = new Map<string, Encoder>();

  const encoderOf = (exchange: Exchange<Request>): Encoder => {
    const origin = originFor(origins, exchange.query);
    const name = callback ?? callbackIn(exchange.query);
    const nonce = allowOwnScripts(exchange.response);
    const target: CometTarget = {
      callback: name,
      parameter: parameter ?? 'cursor',
      ...(origin !== undefined && { origin }),
      ...(nonce !== undefined && { nonce }),
      ...(map && { map: mapOutside(map) }),
    };
    const key = `comet ${route} ${name} ${origin ?? ''}`;
    // A nonce belongs to one response. Without one, responses with the same target share bytes.
    if (nonce !== undefined) return cometEncoder(`${key} ${nonce}`, target);
    let encoder = encoders.get(key);
    if (encoder === undefined) {
      encoder = cometEncoder(key, target);
      if (encoders.size < maxCachedEncoders) encoders.set(key, encoder);
    }
    return encoder;
  };
  return streaming({
    options: rest,
    defaultOnError,
    maxBytes: maxBytes ?? defaultMaxBytes,
    encoderOf,
    ...(parameter !== undefined && { parameter }),
  });
}

/** A frame may go to all clients of a group, so the app's mapping runs in the context of none. */
function mapOutside(map: (event: FrameEvent) => unknown): (event: FrameEvent) => unknown {
  return (event) =>
    notAsync(
      'map',
      'a function that is not async',
      callOutsideRequests(() => map(event)),
    );
}

function callbackIn(query: URLSearchParams): string {
  const name = query.get('callback') ?? 'pushwire';
  if (!callbackPattern.test(name)) throw badRequest('The callback must be 1 to 32 letters, digits and _.');
  return name;
}

function originFor(origins: readonly string[] | undefined, query: URLSearchParams): string | undefined {
  if (origins === undefined) return undefined;
  const origin = query.get('origin') ?? (origins.length === 1 ? origins[0] : undefined);
  if (origin === undefined || !origins.includes(origin)) {
    throw badRequest('The origin must be one of the allowed origins.');
  }
  return origin;
}

function matching(pattern: RegExp, wanted: string) {
  return (value: unknown) => (typeof value === 'string' && pattern.test(value) ? undefined : wanted);
}

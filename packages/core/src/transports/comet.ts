import { aFunction, checkOptions, integer, listOfOrigins, parameterName } from '../checks/check-options';
import { badRequest } from '../checks/errors';
import { type CometTarget, cometEncoder, type FrameEvent } from '../encoders/comet';
import type { Encoder } from '../encoders/encoder';
import type { ErrorListener } from '../http/error-listener';
import type { Exchange } from '../http/exchange';
import type { Framework } from '../http/framework';
import { type Serve, serveSource } from '../http/serve';
import type { Source } from '../http/source';
import { allowOwnScripts } from './content-security-policy';
import { type StreamOptions, streamChecks, streaming } from './streaming';

/** Options of `comet()`. */
export interface CometOptions<Request> extends StreamOptions<Request> {
  /**
   * What is called in the page that holds the iframe: a name, or names joined by dots (`app.comet.onEvent`). Default
   * `pushwire`; without this option the request may name another by `?callback=`, up to 32 letters, digits and `_`.
   */
  callback?: string;
  /**
   * Origins of pages on other sites that may hold the iframe: it posts its messages to them (`window.postMessage`). With
   * several, the request says which by `?origin=`.
   */
  origins?: readonly string[];
  /** The query parameter by which the frame comes back with its cursor. Default: `cursor`. */
  parameter?: string;
  /** What the page gets for an event; `undefined` for nothing. Default: `{ id?, event?, data, encoding? }`. */
  map?: (event: FrameEvent) => unknown;
  /** Bytes after which a document of channels ends and the frame comes back by itself. Default 1 MiB. */
  maxBytes?: number;
}

const defaultMaxBytes = 1024 * 1024;
const token = /^[A-Za-z0-9_]{1,32}$/;
const dottedPath = /^[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*$/;

let routes = 0;

/**
 * The heart of every adapter's `comet()`: a function that serves a source as the endless document of an iframe.
 *
 * @see serveSse for what it does with errors.
 * @throws TypeError for a source or an option that does not fit.
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
) {
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
  const route = ++routes;
  const plain = new Map<string, Encoder>();

  const encoderOf = (exchange: Exchange<Request>): Encoder => {
    const origin = originFor(origins, exchange.query);
    const name = callback ?? callbackIn(exchange.query);
    const nonce = allowOwnScripts(exchange.response);
    const target: CometTarget = {
      callback: name,
      parameter: parameter ?? 'cursor',
      ...(origin !== undefined && { origin }),
      ...(nonce !== undefined && { nonce }),
      ...(map && { map }),
    };
    const key = `comet ${route} ${name} ${origin ?? ''}`;
    // A nonce belongs to one response; without one, all that call the same name share their bytes.
    if (nonce !== undefined) return cometEncoder(`${key} ${nonce}`, target);
    let encoder = plain.get(key);
    if (encoder === undefined) {
      encoder = cometEncoder(key, target);
      if (plain.size < maxNames) plain.set(key, encoder);
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

/** Callback names of requests for which a encoder is kept; beyond them, each request has its own. */
const maxNames = 16;

function callbackIn(query: URLSearchParams): string {
  const name = query.get('callback') ?? 'pushwire';
  if (!token.test(name)) throw badRequest('The callback must be 1 to 32 letters, digits and _.');
  return name;
}

function originFor(origins: readonly string[] | undefined, query: URLSearchParams): string | undefined {
  if (origins === undefined) return undefined;
  const asked = query.get('origin') ?? (origins.length === 1 ? origins[0] : undefined);
  if (asked === undefined || !origins.includes(asked)) {
    throw badRequest('The origin must be one of those that this page is for.');
  }
  return asked;
}

function matching(pattern: RegExp, wanted: string) {
  return (value: unknown) => (typeof value === 'string' && pattern.test(value) ? undefined : wanted);
}

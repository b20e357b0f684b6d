import {
  aFunction,
  checkOptions,
  instanceOf,
  integer,
  listOfOrigins,
  milliseconds,
  withoutUndefined,
} from '../checks/check-options';
import { aLevel } from '../encoders/compress-options';
import type { DeflateOptions } from '../encoders/deflated-frame';
import { Hub } from '../hub/hub';
import type { Origins } from './origin';
import type { Pulse } from './sink';

/** Options of `webSocket()` and `rawWebSocket()`. */
export interface SocketOptions<Request> {
  /**
   * The origins of the pages that may open a WebSocket (`https://www.example.com`), or a function
   * of origin and request that returns true for them. It also gets `null`, the origin of sandboxed
   * frames, for which it may throw. Requests without an `Origin` header don't come from browsers
   * and are allowed. Defaults to pages of the server that the request is for. Behind a proxy that
   * changes the `Host` header, set the framework's `trust proxy` (Express) or `proxy` (Koa).
   */
  origins?: Origins<Request>;
  /** Milliseconds between two pings. Defaults to 25000 ms. */
  ping?: number;
  /** Milliseconds within which a client must answer a ping. Defaults to 10000 ms. */
  pongTimeout?: number;
  /**
   * The maximum size of a message from a client, in bytes. A larger one closes the socket with
   * 1009. Defaults to 1048576 (1 MiB).
   */
  maxPayload?: number;
  /**
   * Compresses messages for clients that support it. Each message is compressed once for all
   * clients, without the context of earlier messages. An object sets `threshold`, the smallest size
   * in bytes that is compressed (1024), and `level` of zlib (-1). Defaults to `false`.
   */
  perMessageDeflate?: boolean | Partial<DeflateOptions>;
  /**
   * The hub that connections without a channel belong to: they use its clock and limits, and its
   * `close()` closes them. Defaults to none: they close when their server has stopped listening and
   * a hub of the process closes, in either order.
   */
  hub?: Hub;
  /**
   * Receives what is thrown after the handshake. Defaults to the app's `error` event on Koa, and to
   * the hub's `logger` elsewhere.
   */
  onError?: (error: unknown, request: Request) => void;
}

/** In ms, and in bytes. */
const defaults = { ping: 25_000, pongTimeout: 10_000, maxPayload: 1024 * 1024 };

const defaultDeflate: DeflateOptions = { threshold: 1024, level: -1 };

export const socketChecks = {
  origins: (value: unknown) => {
    const wanted = typeof value === 'function' ? undefined : listOfOrigins(value);
    return wanted && `${wanted}, or a function`;
  },
  ping: milliseconds(100),
  pongTimeout: milliseconds(100),
  maxPayload: integer(1, { max: 2 ** 31 - 1 }),
  perMessageDeflate: checkDeflate,
  hub: instanceOf('a hub', Hub),
  onError: aFunction,
};

function checkDeflate(value: unknown): string | undefined {
  if (typeof value === 'boolean') return undefined;
  checkOptions<Partial<DeflateOptions>>('perMessageDeflate', value as Partial<DeflateOptions>, {
    threshold: integer(0),
    level: aLevel,
  });
  return undefined;
}

/** {@link SocketOptions} with their defaults. */
export interface SocketSettings<Request> {
  readonly origins: Origins<Request> | undefined;
  readonly pulse: Pulse;
  readonly maxPayload: number;
  readonly deflate: DeflateOptions | undefined;
}

export function socketSettings<Request>(options: SocketOptions<Request>): SocketSettings<Request> {
  const { origins, perMessageDeflate, ...others } = options;
  const { ping, pongTimeout, maxPayload } = { ...defaults, ...withoutUndefined(others) };
  return { origins, pulse: { ping, pongTimeout }, maxPayload, deflate: deflateOf(perMessageDeflate) };
}

function deflateOf(option: boolean | Partial<DeflateOptions> | undefined): DeflateOptions | undefined {
  if (typeof option === 'object') return { ...defaultDeflate, ...withoutUndefined(option) };
  return option ? defaultDeflate : undefined;
}

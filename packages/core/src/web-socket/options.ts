import { Hub } from '../hub/hub';
import { aFunction, amount, checkOptions, given, instanceOf, listOfOrigins, milliseconds } from '../checks/check-options';
import type { Origins } from './origin';
import type { Deflate } from '../encoders/deflated-frame';
import type { Pulse } from './sink';

/** Options of everything that opens WebSockets. */
export interface SocketOptions<Request> {
  /**
   * Whose pages may open a WebSocket: their origins (`https://www.example.com`), or a function of origin and request.
   * Default: pages of the host that the request came to. A client that says no origin is no browser and may.
   */
  origins?: Origins<Request>;
  /** Milliseconds between pings. Default 25,000. */
  ping?: number;
  /** Milliseconds after which a client that has not answered a ping is taken for gone. Default 10,000. */
  pongTimeout?: number;
  /** The largest message that a client may send, in bytes; a larger one closes with 1009. Default 1,048,576 (1 MiB). */
  maxPayload?: number;
  /**
   * Whether messages are compressed where the client offers to: each message once, for all clients, without a context of
   * earlier ones. `threshold`: bytes from which on, default 1,024; `level`: zlib's, default -1. Default: not.
   */
  perMessageDeflate?: boolean | Partial<Deflate>;
  /** The hub whose clock and `close()` it follows, where there is no channel. Default: one that is never closed. */
  hub?: Hub;
  /** Hears of what was thrown after the handshake. Default: the hub's `logger`, or `console.error`. */
  onError?: (error: unknown, request: Request) => void;
}

const defaults = { ping: 25_000, pongTimeout: 10_000, maxPayload: 1024 * 1024 };
/** Messages that a client may send in a second, where the route says nothing else. */
export const usualPerSecond = 100;

const defaultDeflate: Deflate = { threshold: 1024, level: -1 };

export const socketChecks = {
  origins: (value: unknown) => {
    const wanted = typeof value === 'function' ? undefined : listOfOrigins(value);
    return wanted && `${wanted}, or a function`;
  },
  ping: milliseconds(100),
  pongTimeout: milliseconds(100),
  maxPayload: amount(1, { most: 2 ** 31 - 1 }),
  perMessageDeflate: checkDeflate,
  hub: instanceOf('a hub', Hub),
  onError: aFunction,
};

function checkDeflate(value: unknown): string | undefined {
  if (typeof value === 'boolean') return undefined;
  checkOptions<Partial<Deflate>>('perMessageDeflate', value as Partial<Deflate>, {
    threshold: amount(0),
    level: (level) =>
      Number.isInteger(level) && (level as number) >= -1 && (level as number) <= 9
        ? undefined
        : 'an integer from -1 to 9',
  });
  return undefined;
}

/** {@link SocketOptions} with their defaults. */
export interface SocketSettings<Request> {
  readonly origins: Origins<Request> | undefined;
  readonly pulse: Pulse;
  readonly maxPayload: number;
  readonly deflate: Deflate | undefined;
}

export function socketSettings<Request>(options: SocketOptions<Request>): SocketSettings<Request> {
  const { origins, perMessageDeflate, ...own } = options;
  const { ping, pongTimeout, maxPayload } = { ...defaults, ...given(own) };
  const deflate =
    typeof perMessageDeflate === 'object'
      ? { ...defaultDeflate, ...given(perMessageDeflate) }
      : perMessageDeflate
        ? defaultDeflate
        : undefined;
  return { origins, pulse: { ping, pongTimeout }, maxPayload, deflate };
}

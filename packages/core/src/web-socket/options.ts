import {
  aFunction,
  checkOptions,
  instanceOf,
  integer,
  listOfOrigins,
  milliseconds,
  withoutUndefined,
} from '../checks/check-options';
import { misuse } from '../checks/errors';
import type { Deflate } from '../encoders/deflated-frame';
import { type ConnectionOptions, connectionChecks } from '../http/connection-options';
import { Hub } from '../hub/hub';
import type { PublishOptions } from '../log/message';
import type { Origins } from './origin';
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
  maxPayload: integer(1, { max: 2 ** 31 - 1 }),
  perMessageDeflate: checkDeflate,
  hub: instanceOf('a hub', Hub),
  onError: aFunction,
};

function checkDeflate(value: unknown): string | undefined {
  if (typeof value === 'boolean') return undefined;
  checkOptions<Partial<Deflate>>('perMessageDeflate', value as Partial<Deflate>, {
    threshold: integer(0),
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
  const { ping, pongTimeout, maxPayload } = { ...defaults, ...withoutUndefined(own) };
  const deflate =
    typeof perMessageDeflate === 'object'
      ? { ...defaultDeflate, ...withoutUndefined(perMessageDeflate) }
      : perMessageDeflate
        ? defaultDeflate
        : undefined;
  return { origins, pulse: { ping, pongTimeout }, maxPayload, deflate };
}

/** The client of one WebSocket, or one that has sent a message by POST, as `onMessage` has it. */
export interface WebSocketClient<Request> {
  /** What the framework calls the request of the handshake, or of the POST. */
  readonly request: Request;
  /**
   * Sends data to this client alone; it is in no history. The answer to a POST takes what is sent until `onMessage` has
   * settled; after that it rejects with a PushwireError `answered`.
   *
   * @returns a promise that settles when the client's socket takes more: await it, and a client that asks faster than it
   * reads is not read from.
   * @throws TypeError for data that JSON cannot hold or an event name that cannot be sent.
   */
  send(data: unknown, options?: PublishOptions): Promise<void>;
  /**
   * Closes the WebSocket, with 1000 and no reason unless others are given; a POST is answered with 403 and the reason.
   *
   * @param code 1000, or 3000 to 4999, which are for apps (RFC 6455, 7.4.2).
   * @param reason at most 123 bytes.
   * @throws TypeError for another code or a longer reason.
   */
  close(code?: number, reason?: string): void;
}

/** Options of `webSocket()`. */
export interface WebSocketOptions<Request> extends SocketOptions<Request>, ConnectionOptions<Request> {
  /**
   * Takes what the client sends, text as a string and binary as a Buffer, one after the other. While it works (until its
   * promise settles), nothing more is read from that client. What it throws closes with 1011. It takes what clients of the
   * other transports POST to the route, too; what it throws then is the framework's to answer. Default: what clients send is
   * thrown away.
   */
  onMessage?: (data: string | Buffer, client: WebSocketClient<Request>) => unknown;
  /**
   * How many messages a client may send in a second; more closes with 1008. Default 100. By POST, where more are answered with
   * 429, clients are told apart by `clientKey`, or by the address that the framework says, the last 10,000 of them.
   */
  messagesPerSecond?: number;
  /** Milliseconds of silence after which a `pushwire.v1` client gets a heartbeat. Default: the hub's, 15,000. */
  heartbeat?: number;
  /** Milliseconds that a client should wait before it comes back, spread by a quarter. Default: the hub's, 3,000. */
  retry?: number;
  /** Milliseconds that are waited for more when something was published. Default: the hub's, 0. */
  batchDelay?: number;
}

/** @throws TypeError for an option that does not fit. */
export function checkWebSocketOptions<Request>(options: WebSocketOptions<Request> | undefined) {
  return checkOptions<WebSocketOptions<Request>>('webSocket', options, {
    ...socketChecks,
    ...connectionChecks,
    onMessage: aFunction,
    messagesPerSecond: integer(1),
    heartbeat: milliseconds(100),
    retry: milliseconds(500),
    batchDelay: milliseconds(0),
  });
}

/** @throws TypeError for a code that apps must not use (RFC 6455, 7.4.2), or a reason too long for a close frame. */
export function checkClose(code: number, reason: string): void {
  const isCode = code === 1000 || (Number.isInteger(code) && code >= 3000 && code <= 4999);
  if (!isCode) throw misuse('close code', '1000, or an integer from 3000 to 4999', code);
  if (Buffer.byteLength(reason) > 123) throw misuse('close reason', 'a string of at most 123 bytes', reason);
}

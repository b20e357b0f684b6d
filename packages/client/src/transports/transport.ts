import type { Clock } from '../environment/clock.js';
import { PushwireError } from '../wire/error.js';
import type { Frame } from '../wire/frame.js';

/** What hears of one connection. */
export interface TransportListener {
  /** A frame has come; without one, only a sign of life. */
  hear(frame?: Frame): void;
  /** Nothing follows; what is said after this, or after `close`, counts for nothing. */
  over(error: PushwireError): void;
}

/** What one connection is made with. */
export interface TransportRequest {
  /** The app's own URL, absolute. */
  readonly url: string;
  readonly cursor: string | undefined;
  /** Tells this client apart from all others; letters and digits. */
  readonly client: string;
  /** Characters that one message may have. */
  readonly maxMessage: number;
  /**
   * `fetch` with the app's method, body, credentials and headers, which are asked for before each request. Rejects with a
   * PushwireError `refused` for every status but 200.
   */
  fetch(url: string, init: RequestInit): Promise<Response>;
  readonly WebSocket: WebSocketClass | undefined;
  readonly clock: Clock;
}

/** What can be sent as it is. */
export type Sendable = string | ArrayBuffer | ArrayBufferView<ArrayBuffer>;

/** A connection, as the client holds it. */
export interface Link {
  close(): void;
  /** Sends to the server over this connection, where it goes both ways. */
  send?(data: Sendable): void;
}

/** One way to be connected. */
export interface Transport {
  readonly name: string;
  open(request: TransportRequest, listener: TransportListener): Link;
}

/** Just enough of a `WebSocket` class: a browser's, Node's, or that of `ws`. */
// biome-ignore lint/suspicious/noExplicitAny: what the classes take and give differs
export type WebSocketClass = new (url: string, protocol: string) => any;

/** The app's URL with the parameters of the protocol. */
export function addressOf(
  { url, cursor }: Pick<TransportRequest, 'url' | 'cursor'>,
  transport: string,
  more?: Readonly<Record<string, unknown>>,
): string {
  const address = new URL(url);
  const parameters = { transport, protocol: 'pushwire.v1', cursor, ...more };
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) address.searchParams.set(name, `${value}`);
  }
  return address.href;
}

/** What an error that a transport meets says of its connection. */
export function failureOf(cause: unknown): PushwireError {
  if (cause instanceof PushwireError) return cause;
  return new PushwireError(cause instanceof SyntaxError ? 'bad-data' : 'network', { cause });
}

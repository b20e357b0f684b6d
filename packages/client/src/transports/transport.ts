import type { Clock } from '../environment/clock.js';
import { PushwireError } from '../wire/error.js';
import type { Frame } from '../wire/frame.js';

/** Receives the events of one transport connection. */
export interface TransportListener {
  /** Call it for each frame, and without a frame for any other sign of life. */
  onFrame(frame?: Frame): void;
  /** Call it once at the end. Calls after it, or after `close()`, have no effect. */
  onClose(error: PushwireError): void;
}

/** The parameters of one transport connection. */
export interface TransportRequest {
  /** The app's URL, absolute, without what the option `query` adds. */
  readonly url: string;
  /** The cursor to start from; `undefined` to start now. */
  readonly cursor: string | undefined;
  /** A random name of this client, of letters and digits. */
  readonly client: string;
  /** The most characters that one message may have. */
  readonly maxMessage: number;
  /** Returns the URL with the parameters of the option `query`. `fetch` does that by itself. */
  addQuery(url: string): Promise<string>;
  /**
   * `fetch` with the app's method, body, credentials, headers and query; a function of the app is
   * called for each request. Rejects with a PushwireError: `refused` for every status but 200, and
   * `wrong-type` for another media type than `accept`.
   */
  fetch(url: string, accept: string, init: RequestInit): Promise<Response>;
  readonly WebSocket: WebSocketClass | undefined;
  readonly clock: Clock;
  /** The base of the back-off, in ms: the least time between two requests that bring nothing. */
  readonly retry: number;
}

/** A typed array or a `DataView`. TypeScript has made their own types generic in version 5.7. */
export interface Bytes {
  readonly buffer: ArrayBuffer;
  readonly byteLength: number;
  readonly byteOffset: number;
}

/** Data that needs no encoding to be sent. */
export type Sendable = string | ArrayBuffer | Bytes;

/** An open connection of a transport. A client's connection uses one after another. */
export interface TransportConnection {
  close(): void;
  /**
   * Sends to the server. Only transports that go both ways have it. A promise settles when the
   * server has taken the data, or with the reason why that is not known.
   */
  send?(data: Sendable): void | Promise<void>;
}

/** A way to carry frames from the server. */
export interface Transport {
  readonly name: string;
  open(request: TransportRequest, listener: TransportListener): TransportConnection;
  /** @internal True if it tells of control frames, too, for a copy of a state. */
  readonly tells?: true;
}

/** A `WebSocket` class: a browser's, Node's, or that of `ws`. */
// biome-ignore lint/suspicious/noExplicitAny: the parameters and members of the classes differ
export type WebSocketClass = new (url: string, protocol: string) => any;

/** Parameters of a query by name. Those that are `undefined` are left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** Sets parameters in the query of a URL. */
export function withQuery(url: string, parameters: Query | undefined): string {
  const address = new URL(url);
  for (const [name, value] of Object.entries({ ...parameters })) {
    if (value !== undefined) address.searchParams.set(name, `${value}`);
  }
  return address.href;
}

/** Adds the protocol's parameters to the app's URL. */
export function urlOf(
  { url, cursor }: Pick<TransportRequest, 'url' | 'cursor'>,
  transport: string,
  more?: Query,
): string {
  return withQuery(url, { transport, protocol: 'pushwire.v1', cursor, ...more });
}

/** Makes a PushwireError of anything that a transport catches. */
export function toPushwireError(cause: unknown): PushwireError {
  if (cause instanceof PushwireError) return cause;
  return new PushwireError(cause instanceof SyntaxError ? 'bad-data' : 'network', { cause });
}

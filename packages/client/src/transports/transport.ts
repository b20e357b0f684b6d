import type { Frame } from '../frame.js';

/** How a connection is over, as its transport saw it. */
export interface Outcome {
  /** The HTTP status that was answered. */
  readonly status?: number;
  /** Milliseconds after which the server wants to be asked again. */
  readonly retry?: number;
  /** The close code of a WebSocket. */
  readonly closeCode?: number;
  /** What went wrong, where it was neither of these. */
  readonly problem?: 'timeout' | 'silent' | 'unsupported' | 'bad-data' | 'too-large';
  readonly cause?: unknown;
}

/** What hears of one connection. */
export interface TransportListener {
  /** Something came: the connection is alive. */
  alive(): void;
  frame(frame: Frame): void;
  /** Nothing follows. Called once at most, and not after `close`. */
  over(outcome: Outcome): void;
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
  /** `fetch` with the app's method, body, credentials and headers, which are asked for before each request. */
  fetch(url: string, signal: AbortSignal, init?: RequestInit): Promise<Response>;
  readonly WebSocket: WebSocketClass | undefined;
  /** Runs `act` after `ms` milliseconds unless the returned function was called. */
  after(ms: number, act: () => void): () => void;
}

/** A connection, as the client holds it. */
export interface Link {
  close(): void;
  /** Sends to the server over this connection, where it goes both ways. */
  send?(data: string | Uint8Array): void;
}

/** One way to be connected. */
export interface Transport {
  readonly name: string;
  open(request: TransportRequest, listener: TransportListener): Link;
}

/** Just enough of a `WebSocket` class: a browser's, Node's, or that of `ws`. */
export interface WebSocketClass {
  new (url: string, protocol: string): WebSocketLike;
}

/** Just enough of a WebSocket. */
export interface WebSocketLike {
  readonly protocol: string;
  onopen: unknown;
  onmessage: unknown;
  onclose: unknown;
  onerror: unknown;
  // biome-ignore lint/suspicious/noExplicitAny: what it takes differs between the classes
  send(data: any): void;
  close(code?: number): void;
}

/** The app's URL with the parameters of the protocol. */
export function addressOf(
  { url, cursor }: TransportRequest,
  transport: string,
  more: Readonly<Record<string, string>> = {},
): string {
  const address = new URL(url);
  const parameters = { transport, protocol: 'pushwire.v1', ...more, ...(cursor !== undefined && { cursor }) };
  for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value);
  return address.href;
}

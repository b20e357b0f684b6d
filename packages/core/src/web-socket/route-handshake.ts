import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Place } from '../delivery/admission';
import type { Exchange } from '../http/exchange';
import type { WebSocketLike } from '../http/ws-library';
import { CapturedContext } from '../time/async-context';
import type { Handshake } from '../upgrade/upgrade';

/** A WebSocket after its handshake. */
export interface OpenWebSocket<Socket> {
  readonly webSocket: Socket;
  readonly socket: Duplex;
  /** The window of the negotiated compression, or `undefined` without compression. */
  readonly windowBits: number | undefined;
}

/** Completes a handshake with a WebSocket library, which may refuse it. */
export interface Library<Request, Socket extends WebSocketLike> {
  upgrade(handshake: RouteHandshake<Request, Socket>, request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/**
 * The handshake of a request that a route has accepted, until the app's middleware is done. An
 * event of the response completes it, which belongs to no request, so it keeps the context.
 */
export class RouteHandshake<Request, Socket extends WebSocketLike> extends CapturedContext implements Handshake {
  /** The window that the library has negotiated. */
  windowBits: number | undefined;
  /** Header lines to add to the answer. */
  headers: readonly string[] = [];
  readonly #library: Library<Request, Socket>;
  readonly #exchange: Exchange<Request>;
  readonly #onOpen: (opened: OpenWebSocket<Socket>) => void;
  /** The place of the request is kept for the WebSocket. */
  readonly #place: Place | undefined;
  #socket: Duplex | undefined;
  #isOpen = false;

  constructor(
    library: Library<Request, Socket>,
    exchange: Exchange<Request>,
    onOpen: (opened: OpenWebSocket<Socket>) => void,
  ) {
    super();
    this.#library = library;
    this.#exchange = exchange;
    this.#onOpen = onOpen;
    const { sink, closing } = exchange;
    this.#place = sink.place;
    sink.place = undefined;
    // From here on, the end of the response does not mean that the client has left.
    sink.listener = undefined;
    closing.expectConnection();
  }

  complete(request: IncomingMessage, socket: Duplex, head: Buffer, headers: readonly string[]): void {
    this.headers = headers;
    this.#socket = socket;
    this.#library.upgrade(this, request, socket, head);
    if (!this.#isOpen) this.fail();
  }

  /** The library has written its answer. */
  opened(webSocket: Socket): void {
    this.#isOpen = true;
    this.#exchange.sink.place = this.#place;
    const opened = { webSocket, socket: this.#socket as Duplex, windowBits: this.windowBits };
    this.runInAsyncScope(this.#onOpen, undefined, opened);
  }

  fail(): void {
    this.#place?.leave();
    this.#exchange.closing.abort();
  }
}

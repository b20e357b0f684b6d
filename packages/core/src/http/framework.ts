import type { ErrorListener } from './error-listener';
import type { WebSocketServerClass } from './ws-library';

/**
 * The parts of a web framework that the core uses. Each adapter has one; to write another, see
 * docs/guides/write-an-adapter.md.
 */
export interface Framework<Request> {
  /**
   * Receives errors that are thrown after the response has begun, on routes without `onError`.
   * Defaults to the hub's `logger`.
   */
  readonly onError?: ErrorListener<Request>;
  /**
   * Sets the status and the body of an answer, in frameworks that end each response themselves
   * after all of their middleware. The core sets the headers on the response. Defaults to ending
   * the response at once. A short body in ASCII comes as text, which Node joins to the head.
   */
  readonly answer?: (request: Request, status: number, body: string | Uint8Array | undefined) => void;
  /**
   * Returns the address of a client, as the framework trusts its proxies. Defaults to the address
   * of the socket.
   */
  readonly addressOf?: (request: Request) => string | undefined;
  /**
   * Returns a sentence if the app's settings let a client choose the address that `addressOf`
   * returns. The hub's logger gets it once if the hub has `limits.perClient`. Defaults to nothing.
   */
  readonly addressWarning?: (request: Request) => string | undefined;
  /**
   * Returns the origin of the URL that a client asked for (`https://www.example.com`), as the
   * framework trusts its proxies. The origins of pages are compared with it. Defaults to the scheme
   * of the socket and the `Host` header.
   */
  readonly originOf?: (request: Request) => string | undefined;
  /** Returns the body that a body parser has read. Defaults to `request.body`. */
  readonly bodyOf?: (request: Request) => unknown;
  /**
   * True if the framework no longer uses a response after the middleware that serves a stream
   * has returned. The core then frees the response of an idle stream. `request` if it uses the
   * response still: the core then frees only what has read the request. Defaults to `false`.
   */
  readonly detachWhenIdle?: boolean | 'request';
  /** The `WebSocketServer` class of `ws`. No default: without it, no WebSocket is served. */
  readonly WebSocketServer?: WebSocketServerClass;
}

import type { ErrorListener } from './error-listener';
import type { WebSocketServerClass } from './ws-library';

/** What an adapter gives of its framework and of what stands beside it. */
export interface Framework<Request> {
  /** Hears of errors after the answer has begun, where the app gave no `onError`. Default: the hub's logger. */
  readonly onError?: ErrorListener<Request>;
  /**
   * Answers with a status and a body, where the framework ends each response itself when all of its middleware has run;
   * headers are set on the response then. Default: the response is ended at once.
   */
  readonly answer?: (request: Request, status: number, body: Uint8Array | undefined) => void;
  /** The address of a client, as the framework trusts its proxies. Default: that of the socket. */
  readonly addressOf?: (request: Request) => string | undefined;
  /** What body parsers have left of a request's body. Default: the request's `body`. */
  readonly bodyOf?: (request: Request) => unknown;
  /** Whether nobody looks at a response any more when the middleware that serves a stream has returned. Default false. */
  readonly detachWhenIdle?: boolean;
  /** The `WebSocketServer` of `ws`; without it nothing serves WebSockets. */
  readonly WebSocketServer?: WebSocketServerClass;
}

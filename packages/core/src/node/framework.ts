import type { LogError } from './log-error';
import type { WebSocketServerClass } from './web-socket-library';

/** What an adapter gives of its framework and of what stands beside it. */
export interface Framework<Request> {
  /** Hears of errors after the answer has begun, where the app gave no `onError`. Default: `console.error`. */
  readonly logError?: LogError<Request>;
  /** The `WebSocketServer` of `ws`; without it nothing serves WebSockets. */
  readonly WebSocketServer?: WebSocketServerClass;
}

import { misuse } from '../checks/errors';
import type { PublishOptions } from '../log/message';

/**
 * The client that sent a message, as `onMessage` gets it. It has a WebSocket, or sent the message
 * by POST.
 */
export interface WebSocketClient<Request> {
  /** The framework's request of the handshake, or of the POST. */
  readonly request: Request;
  /**
   * Sends data, or a message of `message()`, to this client alone. No history keeps it. For a POST,
   * the answer contains everything that is sent until `onMessage` has settled. A later call rejects
   * with a PushwireError `answered`.
   *
   * @returns a promise that settles when the client's socket takes more bytes. `onMessage` should
   * await it: a client that asks faster than it reads is then not read from.
   * @throws TypeError for data or an event name that cannot be sent, as for `channel.publish()`.
   */
  send(data: unknown, options?: PublishOptions): Promise<void>;
  /**
   * Closes the WebSocket. A POST is answered with 403 and the reason.
   *
   * @param code 1000, or 3000 to 4999, which are for apps (RFC 6455, 7.4.2). Defaults to 1000.
   * @param reason at most 123 bytes. Defaults to an empty string.
   * @throws TypeError for another code or a longer reason.
   */
  close(code?: number, reason?: string): void;
}

/**
 * @throws TypeError for a code that apps must not use (RFC 6455, 7.4.2), or a reason too long for a
 * close frame.
 */
export function checkClose(code: number, reason: string): void {
  const isCode = code === 1000 || (Number.isInteger(code) && code >= 3000 && code <= 4999);
  if (!isCode) throw misuse('close code', '1000, or an integer from 3000 to 4999', code);
  if (Buffer.byteLength(reason) > 123) throw misuse('close reason', 'a string of at most 123 bytes', reason);
}

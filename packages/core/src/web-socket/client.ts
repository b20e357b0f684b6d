import { misuse } from '../checks/errors';
import type { CloseReason } from '../delivery/close-reason';
import type { PublicConnection } from '../delivery/public-connection';
import type { TransportName } from '../encoders/transport-name';
import type { SendOptions } from '../log/message';
import { maxCloseText } from './close-text';

/**
 * The client that sent a message, as `onMessage` gets it. Over a WebSocket, it is the connection
 * that `onOpen` and `hub.connections()` give. A message that was sent by POST has a connection of
 * its own, which ends with the answer.
 *
 * @typeParam Data the values that the app keeps in `data`, checked by TypeScript only.
 */
export interface WebSocketClient<Request, Data = unknown> extends Omit<PublicConnection<Data>, 'transport'> {
  /** The framework's request of the handshake, or of the POST. */
  readonly request: Request;
  /** `websocket`, or `post` for a message that was sent by POST. */
  readonly transport: TransportName | 'post';
  /**
   * Sends data, or a message of `message()`, to this client alone. No history keeps it. For a POST,
   * the answer contains everything that is sent until `onMessage` has settled.
   *
   * @returns false if the app should await `ready()` before it sends more, as Node's `write()`
   * does, and when the client has left or its POST is answered. The next message of a client that
   * does not read its answers is handled when it has read them.
   * @throws TypeError for data or an event name that cannot be sent, as for `channel.publish()`.
   * @throws PushwireError `message-too-large`.
   */
  send(data: unknown, options?: SendOptions): boolean;
  /**
   * Closes the WebSocket with a code of the app. A POST is answered with 403 and the reason.
   *
   * @param code 1000, or 3000 to 4999, which are for apps (RFC 6455, 7.4.2).
   * @param reason at most 123 bytes. Defaults to an empty string.
   * @throws TypeError for another code or a longer reason.
   */
  close(code: number, reason?: string): void;
  /**
   * Closes the WebSocket for one of the server's own reasons. A POST is answered with 403. Defaults
   * to `ended`.
   *
   * @throws TypeError for a value that is no reason.
   */
  close(reason?: CloseReason): void;
}

/**
 * @throws TypeError for a code that apps must not use (RFC 6455, 7.4.2), or a reason too long for a
 * close frame.
 */
export function checkClose(code: number, reason: string): void {
  const isCode = code === 1000 || (Number.isInteger(code) && code >= 3000 && code <= 4999);
  if (!isCode) throw misuse('close code', '1000, or an integer from 3000 to 4999', code);
  if (Buffer.byteLength(reason) > maxCloseText) {
    throw misuse('close reason', `a string of at most ${maxCloseText} bytes`, reason);
  }
}

import type { PublicConnection } from '../delivery/public-connection';
import type { MessageFields } from '../log/outgoing-message';

/**
 * One client's stream, which the app writes to by hand. Once the client has left, or the stream is
 * closed for any other reason, writing to it does nothing.
 */
export interface OpenStream<Data = unknown> extends PublicConnection<Data> {
  /** The id of the last message that the client received, if it sent one. */
  readonly lastEventId: string | undefined;
  /**
   * Fires when the stream closes for any reason. If it is closed when you ask for the signal the
   * first time, as one that has never been open, it fires in the next turn.
   */
  readonly signal: AbortSignal;
  /**
   * Sends data, or a message of `message()`. A string is sent as text, bytes as bytes or base64,
   * and any other value as JSON. The messages of one turn of the event loop go out in one write.
   *
   * @returns false if the app should await `ready()` before it sends more, as Node's `write()`
   * does. The rest waits, up to `maxPending` bytes.
   * @throws TypeError for data or fields that cannot be sent, and after `end()`.
   * @throws PushwireError `message-too-large`.
   */
  send(data: unknown, fields?: MessageFields): boolean;
  /**
   * Sends a comment, which an EventSource ignores. Only Server-Sent Events have comments: over
   * other transports, it does nothing.
   *
   * @returns the same as `send()`.
   * @throws TypeError for text that is no string, and after `end()`.
   */
  comment(text: string): boolean;
  /**
   * Sets the ms that an EventSource waits before it reconnects. Over transports other than
   * Server-Sent Events it does nothing.
   *
   * @returns the same as `send()`.
   * @throws TypeError for a time that is no integer from 0 to 2147483647, and after `end()`.
   */
  retry(ms: number): boolean;
  /**
   * Sends lines of an event stream as they are, such as those of `encodeEvent()`. A block ends with
   * a blank line.
   *
   * @returns the same as `send()`.
   * @throws TypeError for a text that does not end with a line end, after `end()`, and on a stream
   * without the options `bare` and `transport: 'sse'`.
   * @throws PushwireError `message-too-large`.
   */
  write(lines: string): boolean;
  /** Writes what was sent in this turn of the event loop at once, as before a long computation. */
  flush(): void;
  /**
   * Ends the stream, and tells the client not to come back. For a client of a dialect, only this is
   * the end of the source: `close()` cuts its connection. A second call does nothing.
   */
  end(): void;
}

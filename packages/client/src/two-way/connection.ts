import type { AnyEvents, Connection } from '../connection.js';

/** Options of one request. */
export interface RequestOptions {
  /** Milliseconds in which the answer must come. Defaults to the connection's `sendTimeout`. */
  timeout?: number;
  /** Ends the wait for the answer. The server may have got the request. No default. */
  signal?: AbortSignal;
}

/** A connection that asks the server and gets answers, and changes what it follows. */
export interface TwoWayConnection<Events = AnyEvents> extends Connection<Events> {
  /** The topics that it follows. */
  readonly topics: readonly string[];
  /**
   * Sends to the route's `onMessage`, and waits for what that returns. The server handles one
   * message of a client at a time, so a request waits for those before it. A request is not sent
   * again.
   *
   * @param data a string, bytes, or a value that JSON can hold.
   * @returns a promise of the answer: a string, a JSON value or a `Uint8Array`, and `undefined` if
   * `onMessage` has returned nothing. It rejects with an {@link AnswerError} if the app has refused
   * the request, with the reason of the `signal`, or with a PushwireError: `refused` with the
   * `status` of any other error of the app, `timeout`, `bad-data` if the server knows no requests,
   * and those of `send()`. A promise that the app ignores ends no process.
   * @throws {TypeError} (as a rejection) for data that JSON cannot hold, or an invalid option.
   */
  request<Answer = unknown>(data: unknown, options?: RequestOptions): Promise<Answer>;
  /**
   * Adds topics to those that it follows. Over a WebSocket, the connection stays. Over the other
   * transports, it asks by a HEAD request and connects again from its cursor. Nothing of the other
   * topics is lost. Before the first attempt, the topics go with that.
   *
   * @returns a promise that fulfills when the server sends messages of the topics. It rejects with
   * a PushwireError, and the connection keeps what it had: `refused` with the `status` that the
   * server gives (403, 404, and 400 for a route whose channels are fixed), `timeout`, `network`, or
   * `not-open` if the connection closes. A promise that the app ignores ends no process.
   * @throws {TypeError} (as a rejection) for topics that are no strings, for more than 100, or for
   * more than 4096 characters.
   */
  subscribe(...topics: string[]): Promise<void>;
  /** Leaves topics. Otherwise the same as `subscribe`. */
  leave(...topics: string[]): Promise<void>;
}

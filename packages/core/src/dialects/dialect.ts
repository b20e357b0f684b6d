import type { Gap } from '../log/batch';

/** One message, as a dialect gets it. */
export interface DialectMessage {
  /** A string as it was published, any other value as its JSON text, and bytes as base64. */
  readonly text: string;
  /** The event's name. `undefined` for none. */
  readonly event: string | undefined;
  /**
   * The cursor after the message, or the id that a generator has given it. `undefined` for none, as
   * for a message to one connection alone.
   */
  readonly id: string | undefined;
  /**
   * The number of the message, from 1: its offset in the log, or in the stream of a generator.
   * `undefined` for a message to one connection alone.
   */
  readonly offset: number | undefined;
  /** Milliseconds before a reconnection, as a generator has given them. */
  readonly retry: number | undefined;
}

/** The way in which a source has ended that has not completed. */
export interface DialectFailure {
  /** `failed` for a generator that threw, too. */
  readonly outcome: 'stopped' | 'failed' | 'lost';
  /**
   * The public code of a failed run; otherwise `run-stopped`, `run-lost`, or `source-failed` for a
   * generator that threw.
   */
  readonly code: string;
  /** The reason that was given to `stop()`. `undefined` for none, and for other outcomes. */
  readonly reason: string | undefined;
  /** The number of the last message before it, or 0. `undefined` where messages have none. */
  readonly offset: number | undefined;
}

/**
 * How a run, a channel or a generator looks to clients that speak a protocol of their own over
 * Server-Sent Events, such as an SDK. Such clients take a clean end of the response for the whole
 * answer. So these rules hold for every dialect:
 *
 * - The client gets nothing but the bytes of the dialect.
 * - Only the end of the source is a clean end. When the hub closes, or anything else ends the
 *   stream, the connection is cut: its client sees an error, and no short answer.
 * - A client whose next messages are lost gets 410, or is cut off. Nothing is skipped.
 * - A client that the hub cannot take gets 503 with `Retry-After`.
 *
 * Its functions are called once for all clients at one place, so they must depend on nothing but
 * their arguments. If one throws, the hub's `logger` gets the error and the connection is cut.
 *
 * @example
 * ```ts
 * import { createHub, serveSse } from '@pushwire/core';
 * import type { Dialect } from '@pushwire/core/dialects';
 *
 * const numbered: Dialect = {
 *   name: 'numbered',
 *   message: ({ text, offset }) => `data: ${offset} ${text}\n\n`,
 *   end: () => 'data: that was all\n\n',
 *   error: ({ code }) => `data: failed with ${code}\n\n`,
 * };
 * const serve = serveSse(createHub().channel('news'), { dialect: numbered });
 * ```
 */
export interface Dialect {
  /** The name of the dialect, for error messages. */
  readonly name: string;
  /** Headers of the response, beside those of all streams. The app's own win. No default. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Further headers for a client of a log whose newest message has this number, or 0 for none. No
   * default.
   */
  headersAt?(newest: number): Readonly<Record<string, string>>;
  /** The content type, unless the app has set one. Defaults to `text/event-stream`. */
  readonly contentType?: string;
  /** Makes the first bytes. Defaults to none. */
  opening?(): string;
  /** Encodes one message. For an empty text, the clients get nothing for it. */
  message(message: DialectMessage): string;
  /** The bytes that a silent stream sends every `heartbeat` ms. Defaults to a comment line, `:`. */
  readonly heartbeat?: string;
  /** Makes the last bytes when the source has completed. Defaults to none. */
  end?(): string;
  /**
   * Makes the last bytes when the source has not completed, after which the stream ends in order.
   * For `undefined`, and for an empty text, the connection is cut. Defaults to that.
   */
  error?(failure: DialectFailure): string | undefined;
  /** Tells of lost messages, and the stream goes on. Defaults to 410, or to a connection cut. */
  gap?(gap: Gap): string;
  /**
   * Returns how many messages a client has, if its query says so. Negative numbers count from the
   * newest message back. A number that is no integer is answered with 400. Without it, and for
   * `undefined`, the client's place is that of its `Last-Event-ID` or `cursor`.
   *
   * The number is about the messages of the newest run, so give each run an id of its own.
   */
  received?(query: URLSearchParams): number | undefined;
  /**
   * True if the bytes of a message tell its number, which is what clients send back for `received`.
   * Otherwise they count what they get, so a route with such a dialect takes no `join`. Defaults to
   * false.
   */
  readonly tellsNumbers?: boolean;
  /**
   * The answer to a client that has everything of a source that has completed: `no-content` for
   * 204, or `end` for a stream with the end alone. Defaults to `no-content`.
   */
  readonly whenFinished?: 'no-content' | 'end';
  /**
   * The answer to a client without a place whose source has ended before it came: `no-content` for
   * 204, or `replay` for everything that is kept. Defaults to `replay`.
   */
  readonly whenEnded?: 'no-content' | 'replay';
}

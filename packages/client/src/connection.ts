import type { End, Status } from './machine/state.js';
import type { PushwireError } from './wire/error.js';

/**
 * Event names and the types of their data. Share one with the server:
 * `hub.channel<Events>('news')`.
 */
export type AnyEvents = Record<string, unknown>;

/** A message. */
export type Message<Events = AnyEvents> = {
  [Name in keyof Events & string]: {
    /** The event's name, or `message` when the server gave none. */
    readonly event: Name;
    /** A string, a JSON value or a `Uint8Array`, as it was published. */
    readonly data: Events[Name];
    /**
     * The cursor after this message. A message to this client alone has none: `undefined`, or an
     * empty string over Server-Sent Events.
     */
    readonly id: string | undefined;
    /** The key that got this data as its value, where the route serves a state. */
    readonly key?: string;
    /** True for a key that is deleted. Then there is no data. */
    readonly deleted?: true;
  };
}[keyof Events & string];

/** A loss that the server announced. The app should reload the data that it shows. */
export interface Gap {
  /**
   * `evicted`: the log no longer has the messages. `epoch`: the log started over. `ahead`: the
   * cursor is beyond the end of the log. `foreign`: the cursor comes from another server.
   * `unseen`: the cursor did not reach the server, as behind a proxy that drops it.
   */
  readonly reason: string;
  /** The number of missing messages, if the server knows it. */
  readonly missed?: number;
  /** The channels that lost messages, on a connection to several, unless the server hides them. */
  readonly channels?: readonly string[];
  /** The cursor at which the connection goes on. */
  readonly cursor: string;
}

/** The status of a connection, with its transport. */
export interface ConnectionStatus {
  readonly status: Status;
  /** The transport in use, or the next one to try. */
  readonly transport: string;
  /** The time of the last change, in ms since 1970. */
  readonly since: number;
  /**
   * How the source has ended, and the outcome of a run, once the server has told that. It stays
   * `undefined` after `close()`, and where there is nothing to read: after a 204, and on a route
   * whose run is unknown.
   */
  readonly end?: End | undefined;
}

/**
 * A connection that reconnects by itself and reports every loss. See {@link messages} for a
 * `for await` loop.
 */
export interface Connection<Events = AnyEvents> extends ConnectionStatus {
  /** The cursor after the last message. Another connection can start from it. */
  readonly cursor: string | undefined;
  /**
   * Listens to the messages of one event. Messages without a name are of the event `message`.
   *
   * @returns a function that removes the listener.
   */
  on<Name extends keyof Events & string>(
    event: Name,
    listener: (data: Events[Name], message: Extract<Message<Events>, { event: Name }>) => void,
  ): () => void;
  /**
   * Listens to the messages of all events.
   *
   * @returns a function that removes the listener.
   */
  onAny(listener: (message: Message<Events>) => void): () => void;
  /**
   * Listens to changes of the status or the transport.
   *
   * @returns a function that removes the listener.
   */
  onStatus(listener: (status: ConnectionStatus) => void): () => void;
  /**
   * Listens to announced losses, after which the app should reload the data that it shows.
   *
   * @returns a function that removes the listener.
   */
  onGap(listener: (gap: Gap) => void): () => void;
  /**
   * Listens to failures. The connection recovers by itself unless `status` is `failed` by then.
   *
   * @returns a function that removes the listener.
   */
  onError(listener: (error: PushwireError) => void): () => void;
  /**
   * Sends to the route's `onMessage`, over the WebSocket or by POST to the same URL, one message
   * after the other. Strings and bytes arrive as they are, other values as JSON text. A failed
   * message is not sent again. A POST follows no redirect.
   *
   * @returns a promise that fulfills when `onMessage` has handled the message. It rejects with a
   * PushwireError when that is not so, or not known: `not-open`, `network`, with the `closeCode` of
   * a WebSocket that was closed before (1008 and 1009: the message was one too many, or too large;
   * 1003: the route takes none), `timeout` of a POST after `sendTimeout`, or the server's answer.
   * A promise that the app ignores tells its failure to nobody, and ends no process.
   * @throws {TypeError} (as a rejection) for data that JSON cannot hold.
   */
  send(data: unknown): Promise<void>;
  /** Closes the connection. Listeners get no more messages. */
  close(): void;
}

import type { PushwireError } from './wire/error.js';
import type { Status } from './machine/state.js';

/** The names of an app's events and what their data is; share one with the server: `hub.channel<Events>('news')`. */
export type AnyEvents = Record<string, unknown>;

/** One message. */
export type Message<Events = AnyEvents> = {
  [Name in keyof Events & string]: {
    /** The event's name; `message` where the server gave none. */
    readonly event: Name;
    /** A string, a JSON value, or a `Uint8Array`, as it was published. */
    readonly data: Events[Name];
    /** The cursor after it; none in what the server sends to this client alone. */
    readonly id: string | undefined;
  };
}[keyof Events & string];

/** A loss that the server has announced: what the app shows is to be fetched afresh. */
export interface Gap {
  /** The messages were evicted, the log has begun anew (`epoch`), or the cursor lies beyond it (`ahead`). */
  readonly reason: string;
  /** How many messages are missing, where that is known. */
  readonly missed?: number;
  /** Where it goes on. */
  readonly cursor: string;
}

/** How a connection is doing. */
export interface ConnectionStatus {
  readonly status: Status;
  /** The transport in use, or the one that is tried. */
  readonly transport: string;
  /** Since when it has this status, in ms since 1970. */
  readonly since: number;
}

/** A connection that comes back by itself and loses nothing in silence. For a `for await`, see {@link messages}. */
export interface Connection<Events = AnyEvents> extends ConnectionStatus {
  /** The cursor after the last message. With it, another connection goes on from here. */
  readonly cursor: string | undefined;
  /**
   * Listens to the messages of one event; `message` are those without a name.
   *
   * @returns its undo.
   */
  on<Name extends keyof Events & string>(
    event: Name,
    listener: (data: Events[Name], message: Extract<Message<Events>, { event: Name }>) => void,
  ): () => void;
  /** Listens to all messages, whatever their event. Returns its undo. */
  onMessage(listener: (message: Message<Events>) => void): () => void;
  /** Listens to changes of status or transport. Returns its undo. */
  onStatus(listener: (status: ConnectionStatus) => void): () => void;
  /** Listens to losses: what the app shows is to be fetched afresh. Returns its undo. */
  onGap(listener: (gap: Gap) => void): () => void;
  /** Listens to what goes wrong. Unless `status` is `failed` then, the connection comes back by itself. Returns its undo. */
  onError(listener: (error: PushwireError) => void): () => void;
  /**
   * Sends to the route's `onMessage`: over the WebSocket, or by POST to the same URL, one after the other. Strings arrive as
   * strings, bytes as bytes, and other values as their JSON text. What is sent is not sent again by itself.
   *
   * @returns a promise that settles when it was handed to the WebSocket, or answered. It rejects with a PushwireError: `not-open`,
   * `network`, or what the server has answered.
   * @throws TypeError for data that JSON cannot hold.
   */
  send(data: unknown): Promise<void>;
  /** Ends the connection. Nothing comes any more. */
  close(): void;
}

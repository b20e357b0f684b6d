import type { TransportName } from '../encoders/transport-name';
import type { SendOptions } from '../log/message';
import type { CloseReason } from './close-reason';

/** A view of a connection, as a `serve` function resolves with it. */
export interface ServedConnection {
  /** The transport that serves it. */
  readonly transport: TransportName;
  /**
   * Names of the channels that it follows. A state has the name `pushwire:state:NAME` here, a
   * presence `pushwire:presence:NAME`, and a run `pushwire:run:ID`. Empty for a generator's stream
   * and a raw WebSocket.
   */
  readonly channels: readonly string[];
  /** The reason for closing. `undefined` while it is open. */
  readonly reason: CloseReason | undefined;
  /** Resolves with the reason when the connection is closed. */
  readonly closed: Promise<CloseReason>;
}

/**
 * One client that is connected, as the hooks of an app and `hub.connections()` give it. It is the
 * same object each time, so it can be kept in a `Map` or a `Set`.
 *
 * @typeParam Data the values that the app keeps in `data`, checked by TypeScript only.
 */
export interface PublicConnection<Data = unknown> extends ServedConnection {
  /**
   * A random name of 12 characters, which no other connection of any process has. Whoever knows it
   * may name this connection to the server, so tell it to its own client only.
   */
  readonly id: string;
  /** The time at which it was opened, in ms like those of `Date.now()`. */
  readonly since: number;
  /** The app's own data about this client. `undefined` until the app sets it. */
  data: Data | undefined;
  /**
   * Sends data, or a message of `message()`, to this client alone. It comes after everything that
   * this process has published before, unless the client is lagging. No history keeps it, so it is
   * lost if the connection breaks. After the connection is closed, nothing happens.
   *
   * @returns false if the app should await `ready()` before it sends more, as Node's `write()`
   * does, and when the client has left. A client for which more than the hub's `maxPending` bytes
   * wait is closed with the reason `overrun`.
   * @throws TypeError for data or an event name that cannot be sent, as for `channel.publish()`.
   * @throws PushwireError `message-too-large`.
   */
  send(data: unknown, options?: SendOptions): boolean;
  /**
   * Settles when the client takes more, and at once if it does already. It also settles when the
   * connection is closed.
   */
  ready(): Promise<void>;
  /**
   * Closes the connection when everything that this process has published before is written, and
   * tells the client the reason. A lagging client is not waited for. After `ended`, the client does
   * not come back; after any other reason, it reconnects. A native EventSource always does.
   * Defaults to `ended`.
   *
   * @throws TypeError for a value that is no reason.
   */
  close(reason?: CloseReason): void;
}

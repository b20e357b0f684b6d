import type { CloseReason } from '../delivery/close-reason';
import { Connection } from '../delivery/connection';
import { publicConnection } from '../delivery/named-connection';
import type { PublicConnection } from '../delivery/public-connection';
import type { Clock } from '../time/clock';

/** A connection, as the hub or as an app has it. */
export type Keyed = Connection | PublicConnection;

/** The most keys whose disconnection is remembered, those of the last ones. */
const mostDisconnected = 1000;

/**
 * Milliseconds that a request may have been under way when its client was disconnected. A client
 * that comes later has come back.
 */
const underWay = 250;

interface Disconnected {
  readonly at: number;
  readonly reason: CloseReason;
}

/** The open connections of a process, by the keys of their clients. */
export class KeyedConnections {
  /** Most keys have one connection, and a set of one takes more memory than the rest. */
  readonly #byKey = new Map<string, Keyed | Set<Keyed>>();
  readonly #disconnected = new Map<string, Disconnected>();

  constructor(readonly clock: Clock) {}

  /** @param since the time before which its client was known to be allowed, in ms on the clock. */
  add(key: string, connection: Keyed, since = this.clock.now() - underWay): void {
    const known = this.#byKey.get(key);
    if (known === undefined) this.#byKey.set(key, connection);
    else if (known instanceof Set) known.add(connection);
    else if (known !== connection) this.#byKey.set(key, new Set([known, connection]));
    const { at, reason } = this.#disconnected.get(key) ?? {};
    if (at === undefined || at < since) return;
    // It is not open yet, or its route is about to call hooks for it.
    this.clock.soon(() => publicOf(connection).close(reason));
  }

  remove(key: string, connection: Keyed): void {
    const known = this.#byKey.get(key);
    if (known === connection) this.#byKey.delete(key);
    if (!(known instanceof Set)) return;
    known.delete(connection);
    if (known.size === 0) this.#byKey.delete(key);
  }

  /** The open connections of a client, the oldest first. One that has the key twice is one. */
  of(key: string, except?: string): readonly PublicConnection[] {
    const known = this.#byKey.get(key) ?? [];
    const all = new Set([...(known instanceof Set ? known : [known].flat())].filter(hasBegun).map(publicOf));
    return [...all].filter((one) => one.reason === undefined && (except === undefined || one.id !== except));
  }

  /** Closes the connections of a client, and those whose requests are under way. */
  disconnect(key: string, reason: CloseReason, except?: string): readonly PublicConnection[] {
    this.#disconnected.delete(key);
    this.#disconnected.set(key, { at: this.clock.now(), reason });
    const [oldest] = this.#disconnected.keys();
    if (this.#disconnected.size > mostDisconnected) this.#disconnected.delete(oldest as string);
    const closed = this.of(key, except);
    for (const connection of closed) connection.close(reason);
    return closed;
  }
}

const hasBegun = (connection: Keyed): boolean => !(connection instanceof Connection) || connection.begun;

const publicOf = (connection: Keyed): PublicConnection =>
  connection instanceof Connection ? publicConnection(connection) : connection;

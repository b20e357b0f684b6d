import { randomBytes } from 'node:crypto';
import type { Connection } from '../delivery/connection';
import type { ConnectionNames } from '../delivery/left-out';
import { publicConnection } from '../delivery/named-connection';
import { PollClient } from '../delivery/poll-client';
import type { PublicConnection } from '../delivery/public-connection';
import { ConnectionList } from './connection-list';

/** 12 characters of a URL. They cannot be guessed, and no two processes make the same. */
const idBytes = 9;

/** Makes a name that no other connection of any process has. */
export function randomId(): string {
  return randomBytes(idBytes).toString('base64url');
}

/** The open connections of a hub, and the names of those whose names an app has asked for. */
export class OpenConnections implements ConnectionNames {
  readonly #all = new ConnectionList();
  readonly #clients = new Set<PollClient>();
  readonly #ids = new Map<object, string>();
  readonly #named = new Map<string, object>();

  get size(): number {
    return this.#all.size;
  }

  add(connection: Connection): void {
    this.#all.add(connection);
  }

  /** Returns false if it was removed before. */
  remove(connection: Connection): boolean {
    this.#forget(connection);
    return this.#all.remove(connection);
  }

  addClient(client: PollClient): void {
    this.#clients.add(client);
  }

  removeClient(client: PollClient): void {
    this.#forget(client);
    this.#clients.delete(client);
  }

  /** The clients of polls, whether they have a poll now or not. */
  get clients(): readonly PollClient[] {
    return [...this.#clients];
  }

  #forget(connection: object): void {
    const id = this.#ids.get(connection);
    if (id === undefined) return;
    this.#ids.delete(connection);
    this.#named.delete(id);
  }

  /** Gives a connection a name, by which it can be found while it is open. */
  identify(connection: object, id = this.#ids.get(connection) ?? randomId()): string {
    if (this.#all.has(connection as Connection) || this.#clients.has(connection as PollClient)) {
      this.#ids.set(connection, id);
      this.#named.set(id, connection);
    }
    return id;
  }

  nameOf(connection: Connection | PollClient): string | undefined {
    const of = connection instanceof PollClient ? connection : connection.named;
    return this.#ids.get(connection) ?? (of && this.#ids.get(of));
  }

  membersOf(id: string): readonly Connection[] {
    const found = this.#named.get(id);
    return found instanceof PollClient ? found.held : found ? [found as Connection] : [];
  }

  /** The connections that are open now, the oldest first. */
  toArray(): Connection[] {
    return this.#all.toArray();
  }

  /**
   * Iterates over them as the app sees them. A client of polls stands for the polls that it holds.
   */
  *named(): IterableIterator<PublicConnection> {
    const { clients } = this;
    for (const connection of this.toArray()) {
      const { begun, reason, named } = connection;
      if (begun && reason === undefined && !(named instanceof PollClient)) yield publicConnection(connection);
    }
    for (const client of clients) if (client.reason === undefined) yield client;
  }
}

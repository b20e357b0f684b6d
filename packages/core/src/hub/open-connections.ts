import { randomBytes } from 'node:crypto';
import type { Connection } from '../delivery/connection';
import { publicConnection } from '../delivery/named-connection';
import type { PublicConnection } from '../delivery/public-connection';

/** 12 characters of a URL. They cannot be guessed, and no two processes make the same. */
const idBytes = 9;

/** Makes a name that no other connection of any process has. */
export function randomId(): string {
  return randomBytes(idBytes).toString('base64url');
}

/** The open connections of a hub, and the names of those whose names an app has asked for. */
export class OpenConnections {
  readonly #all = new Set<Connection>();
  readonly #ids = new Map<Connection, string>();
  readonly #named = new Map<string, Connection>();

  get size(): number {
    return this.#all.size;
  }

  add(connection: Connection): void {
    this.#all.add(connection);
  }

  /** Returns false if it was removed before. */
  remove(connection: Connection): boolean {
    const id = this.#ids.get(connection);
    if (id !== undefined) {
      this.#ids.delete(connection);
      this.#named.delete(id);
    }
    return this.#all.delete(connection);
  }

  /** Gives a connection a name, by which it can be found while it is open. */
  identify(connection: Connection, id = this.#ids.get(connection) ?? randomId()): string {
    if (this.#all.has(connection)) {
      this.#ids.set(connection, id);
      this.#named.set(id, connection);
    }
    return id;
  }

  /** The open connection with this name, if it belongs to this process. */
  find(id: string): Connection | undefined {
    return this.#named.get(id);
  }

  /** The connections that are open now, the oldest first. */
  toArray(): Connection[] {
    return [...this.#all];
  }

  /** Iterates over them as the app sees them. */
  *named(): IterableIterator<PublicConnection> {
    for (const connection of this.toArray()) {
      if (connection.begun && connection.reason === undefined) yield publicConnection(connection);
    }
  }
}

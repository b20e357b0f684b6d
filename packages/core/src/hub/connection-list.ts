import type { Connection } from '../delivery/connection';

/**
 * The open connections of a hub, the oldest first. Each is linked to its neighbours, since a `Set`
 * took a good part of the time of a poll. A `Set` that shrinks also leaves its old table behind,
 * which V8 keeps for some time with all that was in it.
 */
export class ConnectionList {
  #oldest: Connection | undefined;
  #newest: Connection | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds a connection that is in no list. */
  add(connection: Connection): void {
    connection.older = this.#newest;
    if (this.#newest) this.#newest.newer = connection;
    else this.#oldest = connection;
    this.#newest = connection;
    this.#size++;
  }

  has(connection: Connection): boolean {
    return connection === this.#oldest || connection.older !== undefined;
  }

  /** Returns false if it is not in the list. */
  remove(connection: Connection): boolean {
    if (!this.has(connection)) return false;
    const { older, newer } = connection;
    if (older) older.newer = newer;
    else this.#oldest = newer;
    if (newer) newer.older = older;
    else this.#newest = older;
    connection.older = undefined;
    connection.newer = undefined;
    this.#size--;
    return true;
  }

  toArray(): Connection[] {
    const all: Connection[] = [];
    for (let one = this.#oldest; one; one = one.newer) all.push(one);
    return all;
  }
}

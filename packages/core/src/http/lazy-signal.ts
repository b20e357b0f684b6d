import type { Connection } from '../delivery/connection';

/**
 * An AbortSignal that is made on demand. Few sources ask for theirs, and making one would be a
 * large part of the cost of accepting a client.
 */
export class LazySignal {
  #controller: AbortController | undefined;
  #connection: Connection | undefined;
  #aborted = false;

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort();
      this.#watch();
    }
    return this.#controller.signal;
  }

  abort(): void {
    this.#aborted = true;
    this.#controller?.abort();
  }

  /** Also fires the signal when the connection closes. */
  follow(connection: Connection): void {
    this.#connection = connection;
    this.#watch();
  }

  #watch(): void {
    if (this.#controller) this.#connection?.closed.then(() => this.abort());
  }
}

import type { Connection } from '../delivery/connection';

/** An AbortSignal that exists when somebody has asked for it: most never do, and it would be a good part of accepting a client. */
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

  /** It fires when the connection is over, too. */
  follow(connection: Connection): void {
    this.#connection = connection;
    this.#watch();
  }

  #watch(): void {
    if (this.#controller) this.#connection?.closed.then(() => this.abort());
  }
}

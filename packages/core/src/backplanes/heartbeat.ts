import type { Clock } from '../time/clock';

/**
 * Pings a connection from time to time, and at once when something seems wrong. A connection that a
 * firewall drops in silence shows no other sign until something is sent.
 */
export class Heartbeat {
  #cancel: (() => void) | undefined;
  #isAsking = false;
  #stopped = false;

  /**
   * @param server its name, as the beginning of a sentence.
   * @param timeout milliseconds that a reply may take. The next ping follows twice that later.
   * @param failed called once, when a ping has failed.
   */
  constructor(
    readonly clock: Clock,
    readonly server: string,
    readonly timeout: number,
    readonly ping: () => Promise<unknown>,
    readonly failed: (error: unknown) => void,
  ) {
    this.#wait();
  }

  /** Pings now, unless a ping is under way. */
  check(): void {
    if (this.#isAsking || this.#stopped) return;
    this.#isAsking = true;
    this.#cancel?.();
    const late = new Error(`${this.server} did not reply to a ping within ${this.timeout} ms`);
    this.#cancel = this.clock.after(this.timeout, () => this.#fail(late));
    this.ping().then(
      () => this.#wait(),
      (error) => this.#fail(error),
    );
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  #wait(): void {
    if (this.#stopped) return;
    this.#isAsking = false;
    this.#cancel?.();
    this.#cancel = this.clock.after(2 * this.timeout, () => this.check());
  }

  #fail(error: unknown): void {
    if (this.#stopped) return;
    this.stop();
    this.failed(error);
  }
}

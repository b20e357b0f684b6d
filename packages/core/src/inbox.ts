import type { Clock } from './clock';

/** What an inbox does to the connection whose messages it takes. */
export interface Inflow {
  pause(): void;
  resume(): void;
  /** More came than may come. */
  refuse(): void;
  /** The handler threw. */
  failed(error: unknown): void;
}

/**
 * Messages of one client, handled one after the other in their order. While a handler is at work nothing more is read from
 * the client, so that what waits here is no more than came with the same read.
 */
export class Inbox<Received> {
  readonly #waiting: Received[] = [];
  #busy = false;
  #over = false;
  #allowed: number;
  #counted: number;

  /** @param perSecond how many messages may come in a second; so many may come at once, too. */
  constructor(
    readonly clock: Clock,
    readonly perSecond: number,
    readonly handler: (received: Received) => unknown,
    readonly inflow: Inflow,
  ) {
    this.#allowed = perSecond;
    this.#counted = clock.now();
  }

  receive(received: Received): void {
    if (this.#over) return;
    if (!this.#count()) {
      this.#over = true;
      this.inflow.refuse();
      return;
    }
    this.#waiting.push(received);
    if (!this.#busy) this.#work();
  }

  /** Whether one more may come: a bucket of tokens that fills with time. */
  #count(): boolean {
    const now = this.clock.now();
    this.#allowed = Math.min(this.perSecond, this.#allowed + ((now - this.#counted) / 1000) * this.perSecond);
    this.#counted = now;
    if (this.#allowed < 1) return false;
    this.#allowed--;
    return true;
  }

  /** Goes on until a handler takes its time. */
  #work(): void {
    while (this.#waiting.length > 0) {
      let working: unknown;
      try {
        working = this.handler(this.#waiting.shift() as Received);
      } catch (error) {
        this.#fail(error);
        return;
      }
      if (isThenable(working)) {
        this.#wait(working);
        return;
      }
    }
  }

  #wait(working: PromiseLike<unknown>): void {
    this.#busy = true;
    this.inflow.pause();
    working.then(
      () => {
        this.#busy = false;
        this.#work();
        if (!this.#busy) this.inflow.resume();
      },
      (error) => this.#fail(error),
    );
  }

  #fail(error: unknown): void {
    this.#over = true;
    this.#waiting.length = 0;
    this.inflow.failed(error);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined | null)?.then === 'function';
}

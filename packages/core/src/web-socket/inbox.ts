import type { Clock } from '../time/clock';
import { TokenBucket } from '../time/token-bucket';

/** What a client may send. */
export interface Bounds {
  /** How many messages may come in a second; so many may come at once, too. */
  readonly perSecond: number;
  /** How many bytes of them may wait. */
  readonly bytes: number;
}

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
 * the client; what came with the same read waits here, up to a bound.
 */
export class Inbox<Received extends { readonly length: number }> {
  readonly #waiting: Received[] = [];
  #bytes = 0;
  #busy = false;
  #over = false;
  readonly #bucket: TokenBucket;

  constructor(
    clock: Clock,
    readonly bounds: Bounds,
    readonly handler: (received: Received) => unknown,
    readonly inflow: Inflow,
  ) {
    this.#bucket = new TokenBucket(clock, bounds.perSecond);
  }

  receive(received: Received): void {
    if (this.#over) return;
    if (!this.#bucket.take() || this.#bytes + received.length > this.bounds.bytes) {
      this.#over = true;
      this.inflow.refuse();
      return;
    }
    this.#waiting.push(received);
    this.#bytes += received.length;
    if (!this.#busy) this.#work();
  }

  /** Handles nothing more. */
  close(): void {
    this.#over = true;
    this.#waiting.length = 0;
  }

  /** Goes on until a handler takes its time. */
  #work(): void {
    while (this.#waiting.length > 0) {
      const received = this.#waiting.shift() as Received;
      this.#bytes -= received.length;
      try {
        const working = this.handler(received);
        if (isThenable(working)) {
          this.#wait(working);
          return;
        }
      } catch (error) {
        this.#fail(error);
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
    this.close();
    this.inflow.failed(error);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined | null)?.then === 'function';
}

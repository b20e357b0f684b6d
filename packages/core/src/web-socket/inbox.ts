import { isPromise } from '../checks/errors';
import type { Clock } from '../time/clock';
import { TokenBucket } from '../time/token-bucket';

/** Limits on the messages of one connection. */
export interface InboxLimits {
  /** Messages per second, which is also the largest burst. */
  readonly perSecond: number;
  /** Bytes of messages that may wait for the handler. */
  readonly bytes: number;
  /**
   * Counts one more message of this client, on all of its connections together.
   *
   * @returns the milliseconds that the message must wait.
   */
  reserve(): number;
}

/** The parts of a connection that its inbox uses. */
export interface InboxHost {
  pause(): void;
  resume(): void;
  /** The client exceeded a limit. */
  refuse(): void;
  /** The handler threw. */
  failed(error: unknown): void;
  /** The handler has settled for `count` more messages. */
  handled(count: number): void;
}

/**
 * Handles the messages of one connection in order, one at a time. The connection is paused while
 * the handler works. Messages that came with the same read wait here, up to a limit.
 */
export class Inbox<Data extends { readonly length: number }> {
  readonly #waiting: Data[] = [];
  #bytes = 0;
  #isBusy = false;
  /** Messages whose handling is not reported yet. */
  #handled = 0;
  #isClosed = false;
  /** True if the first message that waits has been counted for its client. */
  #isReserved = false;
  readonly #bucket: TokenBucket;

  constructor(
    readonly clock: Clock,
    readonly limits: InboxLimits,
    readonly handler: (data: Data) => unknown,
    readonly host: InboxHost,
  ) {
    this.#bucket = new TokenBucket(clock, limits.perSecond);
  }

  receive(data: Data): void {
    if (this.#isClosed) return;
    if (!this.#bucket.take() || this.#bytes + data.length > this.limits.bytes) {
      this.#isClosed = true;
      this.#report();
      this.host.refuse();
      return;
    }
    this.#waiting.push(data);
    this.#bytes += data.length;
    if (!this.#isBusy) this.#handleWaiting();
  }

  /** Drops the messages that wait and all later ones. */
  close(): void {
    this.#report();
    this.#isClosed = true;
    this.#waiting.length = 0;
  }

  /** Handles messages until there is none left or the handler returns a promise. */
  #handleWaiting(): void {
    while (this.#waiting.length > 0) {
      const delay = this.#isReserved ? 0 : this.limits.reserve();
      this.#isReserved = delay > 0;
      if (delay > 0) {
        this.#pauseFor(delay);
        return;
      }
      const data = this.#waiting.shift() as Data;
      this.#bytes -= data.length;
      try {
        const handling = this.handler(data);
        if (isPromise(handling)) {
          this.#pauseUntil(handling);
          return;
        }
        this.#countHandled();
      } catch (error) {
        this.#fail(error);
        return;
      }
    }
  }

  /**
   * Reads no further for a while. A connection beside it may belong to somebody else at the same
   * address, so exceeding the rate together closes none of them.
   */
  #pauseFor(ms: number): void {
    this.#isBusy = true;
    this.host.pause();
    this.clock.after(ms, () => {
      this.#isBusy = false;
      this.#handleWaiting();
      if (!this.#isBusy) this.host.resume();
    });
  }

  #pauseUntil(handling: PromiseLike<unknown>): void {
    this.#isBusy = true;
    this.host.pause();
    handling.then(
      () => {
        this.#isBusy = false;
        this.#countHandled();
        this.#handleWaiting();
        if (!this.#isBusy) this.host.resume();
      },
      (error) => this.#fail(error),
    );
  }

  /** Messages that are handled in one turn of the event loop are reported together. */
  #countHandled(): void {
    if (this.#handled++ === 0) this.clock.soon(() => this.#report());
  }

  #report(): void {
    const count = this.#handled;
    this.#handled = 0;
    if (count > 0) this.host.handled(count);
  }

  #fail(error: unknown): void {
    this.close();
    this.host.failed(error);
  }
}

import type { Clock } from './clock';

/** How many messages one client may send: so many in a second, and so many at once. A bucket that fills with time. */
export class TokenBucket {
  #left: number;
  #counted: number;

  constructor(
    readonly clock: Pick<Clock, 'now'>,
    readonly perSecond: number,
  ) {
    this.#left = perSecond;
    this.#counted = clock.now();
  }

  /** Whether one more may come; it counts then. */
  take(): boolean {
    const { perSecond } = this;
    const now = this.clock.now();
    this.#left = Math.min(perSecond, this.#left + ((now - this.#counted) / 1000) * perSecond);
    this.#counted = now;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}

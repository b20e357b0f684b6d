import type { Clock } from './clock';

/**
 * Limits the rate of one client's messages. The bucket holds the messages of one second, so a
 * client may send as many at once, and it fills with time.
 */
export class TokenBucket {
  #tokens: number;
  #filledAt: number;

  constructor(
    readonly clock: Pick<Clock, 'now'>,
    readonly perSecond: number,
  ) {
    this.#tokens = perSecond;
    this.#filledAt = clock.now();
  }

  /** Takes a token for one message. Returns false where there is none. */
  take(): boolean {
    this.#fill();
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  /**
   * Takes a token for one message in any case.
   *
   * @returns the milliseconds after which the token is there.
   */
  reserve(): number {
    this.#fill();
    this.#tokens--;
    return Math.max(0, Math.ceil((-this.#tokens / this.perSecond) * 1000));
  }

  #fill(): void {
    const { perSecond } = this;
    const now = this.clock.now();
    this.#tokens = Math.min(perSecond, this.#tokens + ((now - this.#filledAt) / 1000) * perSecond);
    this.#filledAt = now;
  }
}

import type { Clock } from '@pushwire/core/backplanes';

/** Milliseconds after the end of a lease in which the log is read, and then again. */
const [afterLease, untilRetry] = [20, 1000];

/** The time at which the lease of a run or of a member is over, as far as a process knows. */
export class LeaseEnd {
  #end: number | undefined;

  constructor(readonly clock: Clock) {}

  get isKnown(): boolean {
    return this.#end !== undefined;
  }

  get isOver(): boolean {
    return this.#end !== undefined && this.#end <= this.clock.now();
  }

  /** @param lease the milliseconds that are left, as a read shows. */
  set(lease: number | undefined): void {
    this.#end = lease === undefined ? undefined : this.clock.now() + lease;
  }

  /**
   * Lets the log be read soon, because a lease has begun.
   *
   * @returns false where one was known.
   */
  begin(): boolean {
    if (this.isKnown) return false;
    this.set(untilRetry);
    return true;
  }

  /** Milliseconds until the log is to be read, but no more than so many. */
  untilRead(most: number): number {
    if (this.#end === undefined) return most;
    const left = this.#end - this.clock.now();
    return Math.min(most, left > 0 ? left + afterLease : untilRetry);
  }
}

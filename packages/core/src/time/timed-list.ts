/** Something with work to do from time to time. It waits in one wheel at a time. */
export interface Timed {
  /** @returns milliseconds until the next tick, or `undefined` for no more ticks. */
  tick(now: number): number | undefined;
  /** The place in the wheel, which only the wheel sets. A map would take ten times the memory. */
  slot?: TimedList | undefined;
  /** The one before it in the same place. */
  earlier?: Timed | undefined;
  /** The one behind it in the same place. */
  later?: Timed | undefined;
}

/**
 * Those that are due at the same time, the first added first. It is a list that its members are
 * linked in: a `Set` takes up to three times as much memory for each of them.
 */
export class TimedList {
  #first: Timed | undefined;
  #last: Timed | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds one that is in no list. */
  add(timed: Timed): void {
    timed.slot = this;
    timed.earlier = this.#last;
    if (this.#last) this.#last.later = timed;
    else this.#first = timed;
    this.#last = timed;
    this.#size++;
  }

  /** Removes a member. */
  remove(timed: Timed): void {
    const { earlier, later } = timed;
    if (earlier) earlier.later = later;
    else this.#first = later;
    if (later) later.earlier = earlier;
    else this.#last = earlier;
    timed.slot = undefined;
    timed.earlier = undefined;
    timed.later = undefined;
    this.#size--;
  }

  /** Takes the first one out. */
  shift(): Timed | undefined {
    const first = this.#first;
    if (first) this.remove(first);
    return first;
  }
}

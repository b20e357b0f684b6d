import type { Position } from '@pushwire/core/backplanes';

/** The share of a lease between two looks. A lease is renewed a little less often. */
const share = 0.2;

/**
 * Goes round the members of one hold, to learn what others have changed. Members that leave move
 * others to their places, so each round also covers the time of the round before.
 */
export class Looks {
  #next = 1;
  #due = 0;
  #epoch = '';
  /** The heads at the beginning of this round and of the one before it. */
  #began: readonly [current: number, last: number] = [0, 0];

  /** Returns the arguments of a call: the member to begin with, or 0 for no look, and an offset. */
  next(now: number, lease: number): [look: string, since: string] {
    if (now < this.#due) return ['0', '0'];
    this.#due = now + lease * share;
    return [String(this.#next), String(this.#began[1])];
  }

  /** @param next 0 where the call has looked at none. */
  looked(next: number, { epoch, offset }: Position): void {
    if (epoch !== this.#epoch) {
      this.#epoch = epoch;
      this.#began = [0, 0];
    }
    if (next === 0) return;
    this.#next = next;
    if (next === 1) this.#began = [offset, this.#began[0]];
  }
}

import type { Batch } from '../log/batch';
import type { Position } from '../log/cursor';
import type { Member } from './member';

/** One batch that is written to all members of a group, to some of them at a time. */
export class FanOut {
  readonly #members: IterableIterator<Member>;

  constructor(
    readonly batch: Batch,
    readonly before: readonly Position[],
    readonly bytes: Uint8Array,
    members: ReadonlySet<Member>,
  ) {
    this.#members = members.values();
  }

  /**
   * Writes to the next members.
   *
   * @returns the number of writes, and whether all members have had their turn.
   */
  advance(maxMembers: number): { written: number; done: boolean } {
    const { bytes, before, batch } = this;
    let written = 0;
    let n = 0;
    // The iterator of a set continues where an earlier loop stopped.
    for (const member of this.#members) {
      if (bytes.byteLength > 0 && member.deliver(bytes, before, batch)) written++;
      if (++n >= maxMembers) return { written, done: false };
    }
    return { written, done: true };
  }
}

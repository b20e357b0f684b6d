import type { Batch } from '../log/batch';
import type { Position } from '../log/cursor';

/** A live connection of a group. */
export interface Member {
  /**
   * Writes the bytes of a batch, unless the socket is full.
   *
   * @param before the positions at which the batch begins.
   * @param cursor the cursor after the batch.
   * @returns true when they were written. The group counts them.
   */
  deliver(bytes: Uint8Array, before: readonly Position[], cursor: string): boolean;
  /** Closes the connection with `ended`: all its channels have ended at this cursor. */
  closeEnded(cursor: string): void;
  /** Closes the connection with `failed`: its next messages could not be encoded. */
  closeFailed(): void;
}

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
      if (bytes.byteLength > 0 && member.deliver(bytes, before, batch.cursor)) written++;
      if (++n >= maxMembers) return { written, done: false };
    }
    return { written, done: true };
  }
}

import type { Batch } from '../log/batch';
import type { Position } from '../log/cursor';

/** A live connection of a group. */
export interface Member {
  /**
   * Takes the bytes of what the logs hold since `before`, unless its socket is full; `cursor` is where they end. The group
   * counts them, and knows when.
   */
  deliver(bytes: Uint8Array, before: readonly Position[], cursor: string): boolean;
  /** Hears that nothing will follow. */
  end(cursor: string): void;
  /** Is sent away, to come back with the cursor that it has: what it should get could not be written. */
  fail(): void;
}

/** The same bytes on their way to many connections, some of them at a time. */
export class Handout {
  readonly #members: IterableIterator<Member>;

  constructor(
    readonly batch: Batch,
    readonly before: readonly Position[],
    readonly bytes: Uint8Array,
    members: ReadonlySet<Member>,
  ) {
    this.#members = members.values();
  }

  /** Hands on to so many more: `took` tells how many took it, `done` whether nobody is left. */
  goOn(most: number): { took: number; done: boolean } {
    const { bytes, before, batch } = this;
    let took = 0;
    let n = 0;
    // A set's iterator goes on where a loop has left it.
    for (const member of this.#members) {
      if (bytes.byteLength > 0 && member.deliver(bytes, before, batch.cursor)) took++;
      if (++n >= most) return { took, done: false };
    }
    return { took, done: true };
  }
}

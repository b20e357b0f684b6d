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

import type { HandOut } from '../encoders/shared-deflate';
import type { Batch } from '../log/batch';
import type { Position } from '../log/cursor';
import type { CloseReason } from './close-reason';

/** A live connection of a group. */
export interface Member {
  /**
   * Writes the bytes of a batch, unless the socket is full.
   *
   * @param before the positions at which the batch begins.
   * @param batch the batch that the bytes encode.
   * @param handOut the same bytes, compressed. Absent where the group is not.
   * @returns true when they were written. The group counts them.
   */
  deliver(bytes: Uint8Array, before: readonly Position[], batch: Batch, handOut?: HandOut): boolean;
  /**
   * Closes the connection: its channels have `ended`, or its next messages could not be encoded.
   */
  close(reason: CloseReason): void;
}

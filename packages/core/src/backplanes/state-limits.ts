import { checkOptions, integer, milliseconds } from '../checks/check-options';

/** Limits of a state. A write that would exceed one is refused, and nothing is lost. */
export interface StateLimits {
  /** The most keys that have a value. Defaults to 10000. */
  readonly keys: number;
  /** The most bytes of one value and its key, as JSON text. Defaults to 65536 (64 KiB). */
  readonly valueBytes: number;
  /** The most bytes of all values and their keys. Defaults to 16777216 (16 MiB). */
  readonly bytes: number;
  /**
   * Milliseconds after which a key is deleted that was not set again. `Infinity` keeps it. Defaults
   * to `Infinity`.
   */
  readonly age: number;
  /**
   * Milliseconds between two writes of a key by this process: what is set in between is written as
   * one value when they are over. A write with `ifId` never waits. Defaults to 0 ms.
   */
  readonly every: number;
  /**
   * The most deletions that are remembered. A client that was away for longer gets everything anew.
   * Defaults to 10000.
   */
  readonly deletions: number;
  /** Milliseconds for which a deletion is remembered. Defaults to 600000 ms (10 minutes). */
  readonly deletionAge: number;
}

export const defaultStateLimits: StateLimits = {
  keys: 10_000,
  valueBytes: 64 * 1024,
  bytes: 16 * 1024 * 1024,
  age: Number.POSITIVE_INFINITY,
  every: 0,
  deletions: 10_000,
  deletionAge: 600_000,
};

/** @throws TypeError for an unknown limit or a value that does not fit. */
export function checkStateLimits(limits: Partial<StateLimits>): Partial<StateLimits> {
  return checkOptions<Partial<StateLimits>>('state', limits, {
    keys: integer(1),
    valueBytes: integer(1),
    bytes: integer(1),
    age: milliseconds(1, { infinity: true }),
    every: milliseconds(0),
    deletions: integer(0),
    deletionAge: milliseconds(0),
  });
}

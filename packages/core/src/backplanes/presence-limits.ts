import { aBoolean, checkOptions, integer, milliseconds } from '../checks/check-options';
import type { StateLimits } from './state-limits';

/** Limits and times of a presence. */
export interface PresenceLimits {
  /**
   * The most members. Others wait until there is room, and an error is logged. Defaults to 100000.
   */
  readonly members: number;
  /** The most bytes of a member's id and data, as JSON text. Defaults to 4096 (4 KiB). */
  readonly dataBytes: number;
  /**
   * Milliseconds after the last connection of a member has closed until the member is gone. A page
   * that is loaded again in this time is not seen to leave. Defaults to 5000 ms.
   */
  readonly grace: number;
  /**
   * Milliseconds within which the members of a process that was killed are gone, at least 1000.
   * Where Redis was away, these begin at most 6 s after it is back. Defaults to 15000 ms.
   */
  readonly lease: number;
  /**
   * Milliseconds in which joins, leaves and updates are collected, to be told as one. Those of one
   * turn of the event loop always are. Defaults to 0 ms.
   */
  readonly every: number;
  /** False tells clients the number of members only. Defaults to `true`. */
  readonly names: boolean;
}

export const defaultPresenceLimits: PresenceLimits = {
  members: 100_000,
  dataBytes: 4096,
  grace: 5000,
  lease: 15_000,
  every: 0,
  names: true,
};

/** Limits of the presence of processes. Nobody waits longer than the lease for one that is dead. */
export const processesLimits: PresenceLimits = { ...defaultPresenceLimits, grace: 0, lease: 10_000 };

/** @throws TypeError for an unknown limit or a value that does not fit. */
export function checkPresenceLimits(limits: Partial<PresenceLimits>): Partial<PresenceLimits> {
  return checkOptions<Partial<PresenceLimits>>('presence', limits, {
    members: integer(1),
    dataBytes: integer(1),
    grace: milliseconds(0),
    lease: milliseconds(1000),
    every: milliseconds(0),
    names: aBoolean,
  });
}

/** The limits of the state in which the members are. */
export function stateLimitsFor({ members, dataBytes }: PresenceLimits): StateLimits {
  return {
    keys: members,
    valueBytes: dataBytes,
    bytes: Number.POSITIVE_INFINITY,
    age: Number.POSITIVE_INFINITY,
    every: 0,
    // A room that empties leaves as many deletions as it had members.
    deletions: members,
    deletionAge: 600_000,
  };
}

import type { Message } from '../log/message';

/** The members that are present by the connections of one process. */
export interface PresenceHold {
  /** Names the process. */
  readonly holder: string;
  /** Milliseconds after which the process counts as dead, unless it says something again. */
  readonly lease: number;
  /** Members that it has now, or whose data has changed. The key is the id of the member. */
  readonly joins: readonly Message[];
  /** The ids of members that it has no longer. They are gone where no other process has them. */
  readonly leaves: readonly string[];
  /** True if clients get the number of members and no names. */
  readonly isCount: boolean;
}

/** The reply to a {@link PresenceHold}. */
export interface PresenceHeld {
  /**
   * True if nothing was known of the process: this is the first time, or its lease was over and its
   * members are gone. It says all of them again then.
   */
  readonly isNew: boolean;
  /** The ids of members for whom there is no room. */
  readonly refused: readonly string[];
}

/** The key of the number of members, where clients get no names. */
export const countKey = 'count';

/**
 * Keeps who is present, as the values of a state: all that its followers need is in the state's
 * log. A member is there as long as any process has it.
 */
export interface PresenceStore {
  /**
   * Renews the lease of a process and changes its members, in one step and as one change for the
   * followers. It also removes the members of processes whose lease is over.
   *
   * @throws PushwireError the method, or its promise, throws `backplane-unavailable` or
   * `backplane-unconfirmed`. A call that is repeated has no further effect.
   */
  hold(log: string, hold: PresenceHold): PresenceHeld | Promise<PresenceHeld>;
  /**
   * Counts the members without reading them.
   *
   * @throws PushwireError as `hold()` does.
   */
  count(log: string): number | Promise<number>;
}

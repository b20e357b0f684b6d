import type { Message } from '../log/message';

/** A member that a process has. */
export interface PresenceJoin {
  /** Its data, as far as the process knows. The key is the id of the member. */
  readonly message: Message;
  /** The data that its newest connection came with. */
  readonly joined: Message;
  /**
   * The news of a member whom somebody has already:
   *
   * - `joined`: a connection came. Its data counts unless the newest connection of any process came
   *   with the same: the member may have been updated since.
   * - `updated`: the data was changed, and counts.
   * - `again`: nothing. The data counts where nobody has the member, and even then not where the
   *   member was lost with its process, had been updated, and had come with the same data.
   */
  readonly says: 'joined' | 'updated' | 'again';
}

/** The members that are present by the connections of one process. */
export interface PresenceHold {
  /** Names the process. */
  readonly holder: string;
  /** Milliseconds after which the process counts as dead, unless it says something again. */
  readonly lease: number;
  /** Members that it has now, or whose data has changed. */
  readonly joins: readonly PresenceJoin[];
  /** The ids of members that it has no longer. They are gone where no other process has them. */
  readonly leaves: readonly string[];
  /** New data of members that any process has. It comes after `leaves` and before `joins`. */
  readonly updates: readonly Message[];
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
  /** The ids in `updates` of members that nobody has. */
  readonly unknown: readonly string[];
  /** The number of members for whom there is room now. */
  readonly room: number;
  /**
   * Data of members of this process that others have changed, for the process to say it again where
   * the store has lost it. It may come late, and more than once.
   */
  readonly news: readonly Message[];
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

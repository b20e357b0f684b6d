import type { PresenceJoin } from '../backplanes/presence-store';
import type { Message } from '../log/message';
import type { Update } from './update';

/** The news of one call. */
export interface Changes {
  readonly joins: readonly PresenceJoin[];
  readonly leaves: readonly string[];
  /** New data of members that other processes have. */
  readonly updates: readonly Message[];
  /** The callers that wait for this call, by the ids of members. */
  readonly waiting: ReadonlyMap<string, Update>;
}

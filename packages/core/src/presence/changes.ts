import type { PresenceJoin } from '../backplanes/presence-store';
import type { Update } from './update';

/** The news of one call. */
export interface Changes {
  readonly joins: readonly PresenceJoin[];
  readonly leaves: readonly string[];
  /** New data of members that other processes have, by their ids. */
  readonly updates: ReadonlyMap<string, Update>;
  /** That of members in `joins` for which callers wait. */
  readonly own: ReadonlyMap<string, Update>;
}

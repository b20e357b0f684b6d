import type { FollowedChannel } from '../delivery/followed-channel';
import type { Groups } from '../delivery/groups';
import type { Log } from '../log/log';

/** The parts of a hub that its readers use. */
export interface ReaderHost {
  readonly groups: Groups;
  readonly isClosed: boolean;
  /** The loops that have begun and are not over, and whatever else waits for a log. */
  readonly readers: Set<ClosedWithHub>;
}

/** Something that waits for a log, and is told when the hub closes. */
export interface ClosedWithHub {
  close(): void;
}

/** How the loops over a kind of log begin and end. */
export interface ReaderRules {
  /** Returns the error for a log that cannot be read, and `undefined` for any other. */
  refusal(channel: FollowedChannel): unknown;
  /** Returns the error by which a loop ends after the end of its log. `undefined` for none. */
  failure(log: Log): unknown;
}

/** A loop over a channel may always begin, and ends with it. */
export const rulesOfChannels: ReaderRules = { refusal: () => undefined, failure: () => undefined };

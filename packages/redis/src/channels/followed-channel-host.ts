import type { ReadFrom } from './fresh-page';
import type { LogCopy } from './log-copy';
import type { LogPage } from './log-page';

/** The parts of the backplane that a followed channel uses. */
export interface FollowedChannelHost {
  readonly copy: LogCopy;
  /** True where a message may begin a lease. Without it, pages alone show that there is one. */
  readonly hasLeases?: boolean;
  /** Milliseconds between two checks against the log in Redis. */
  readonly checkInterval: number;
  /** The current Pub/Sub connection, or `undefined` while there is none. */
  connection(): object | undefined;
  /** Settles when every message published from then on arrives. */
  subscribe(): Promise<void>;
  /** Reads a page that follows the given position. */
  read(from: ReadFrom | undefined): Promise<LogPage>;
  /** Settles when Redis has written something for the log, so that it is no master of old. */
  confirm(): Promise<void>;
  /** Lets the log begin a new life in the place of this one. */
  beginNewLife(epoch: string): Promise<void>;
  /** Tells Redis how many connections the channel has in this process. */
  reportConnections(): void;
  /** Calls the channel's `tick` after about so many milliseconds. */
  tickAfter(ms: number): void;
  /** Calls the channel's `tick` after so many milliseconds, and not before. */
  tickNotBefore(ms: number): void;
  /** The channel has no follower any more. */
  becameIdle(): void;
  /** The channel has had no follower for the idle timeout. */
  forget(): void;
  /** A message was published, but did not arrive although the channel is subscribed. */
  missedMessage(): void;
  /** Reports a failure of something that no caller waits for. */
  failed(error: unknown): void;
}

import type { Position } from '../log/cursor';
import type { Log, LogLimits } from '../log/log';
import type { Message } from '../log/message';
import type { Clock } from '../time/clock';

/** What a hub gives its backplane. */
export interface BackplaneHost {
  readonly clock: Clock;
  /** The limits of a channel's log. */
  limitsOf(channel: string): LogLimits;
  /** How many connections to a channel this process has. */
  connectionsTo(channel: string): number;
  /** Tells the app's logger of something that failed and that nobody waits for. */
  report(error: unknown, message: string): void;
}

/** A channel that a hub follows because somebody is connected to it. */
export interface Followed {
  /**
   * The log as this process has it. Reading it is always local: a thousand clients that come back at once read here, and
   * whoever holds the history elsewhere is asked once. The hub evicts from it, after it has handed on what was appended.
   */
  readonly log: Log;
  /**
   * Brings the log up to what the backplane has now. Asked when a client claims to have seen what the log does not have, since
   * it may come from a process that heard of it sooner. Absent where the log is the history itself.
   *
   * @throws PushwireError `backplane-unavailable` or `backplane-unconfirmed`, by its promise.
   */
  refresh?(): Promise<void>;
  stop(): void;
}

/**
 * Joins the hubs of many processes; in one process, the default is the memory of that process. Where a method may give
 * a promise, a local backplane gives the value itself and so costs nothing on the way of each message.
 */
export interface Backplane {
  /**
   * In one step: gives the message the channel's next offset, keeps it, and announces it to all who follow.
   *
   * @throws PushwireError `channel-ended`, `backplane-unavailable` or `backplane-unconfirmed`, or rejects with it. It settles
   * within a bounded time, and never queues without a bound.
   */
  append(channel: string, message: Message): Position | Promise<Position>;
  /** Finishes the channel's log and announces that. A second time does nothing. */
  end(channel: string): void | Promise<void>;
  /**
   * Follows a channel: `changed` is called each time that its log has grown, ended or been replaced.
   *
   * @throws PushwireError `backplane-unavailable` or `backplane-unconfirmed`, by its promise.
   */
  follow(channel: string, changed: () => void): Followed | Promise<Followed>;
  /** How many connections to a channel all processes have together, about. */
  connectionsTo(channel: string): number | Promise<number>;
  close(): void | Promise<void>;
}

/** Makes a backplane for one hub, as `createHub({ backplane })` takes it. */
export type BackplaneFactory = (host: BackplaneHost) => Backplane;

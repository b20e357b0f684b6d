import type { Clock } from './clock';
import type { Position } from './cursor';
import type { Log, LogLimits } from './log';
import type { Message } from './message';

/** What a hub gives its backplane. */
export interface BackplaneHost {
  readonly clock: Clock;
  /** The limits of a channel's log. */
  limitsOf(channel: string): LogLimits;
}

/** A channel that a hub follows because somebody is connected to it. */
export interface Followed {
  /**
   * The log as this process has it. Reading it is always local: a thousand clients that come back at once read here, and
   * whoever holds the history elsewhere is asked once. The hub evicts from it, after it has handed on what was appended.
   */
  readonly log: Log;
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
   * @throws PushwireError `channel-ended`, or rejects with it.
   */
  append(channel: string, message: Message): Position | Promise<Position>;
  /** Finishes the channel's log and announces that. A second time does nothing. */
  end(channel: string): void | Promise<void>;
  /** Follows a channel: `changed` is called each time that its log has grown, ended or been replaced. */
  follow(channel: string, changed: () => void): Followed | Promise<Followed>;
  close(): void | Promise<void>;
}

/** Makes a backplane for one hub, as `createHub({ backplane })` takes it. */
export type BackplaneFactory = (host: BackplaneHost) => Backplane;

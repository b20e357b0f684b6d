import type { Position } from '../log/cursor';
import type { Log } from '../log/log';
import type { LogLimits } from '../log/log-limits';
import type { Message } from '../log/message';
import type { Clock } from '../time/clock';
import type { LogStoreLimits } from './log-store';
import type { LogWrite, LogWritten } from './log-write';
import type { RunStore } from './run-store';
import type { StateLimits } from './state-limits';
import type { StateStore } from './state-store';

/** The parts of a hub that its backplane uses. */
export interface BackplaneHost {
  readonly clock: Clock;
  /** Limits of all logs together, for a backplane that keeps them in this process. */
  readonly limits: LogStoreLimits;
  /** Returns the limits of a channel's log. */
  limitsOf(channel: string): LogLimits;
  /** Returns the limits of a state, by the name of its log. */
  stateLimitsOf(log: string): StateLimits;
  /** Counts the connections of this process to a channel. */
  connectionsTo(channel: string): number;
  /** Reports an error to the app's logger, where no promise can reject with it. */
  report(error: unknown, message: string): void;
}

/** A channel that a hub follows because a client is connected to it. */
export interface Followed {
  /**
   * The log of the channel in this process. Every read is local, so that 1000 clients that
   * reconnect together cost nothing elsewhere. The hub evicts from it after it has written the new
   * messages.
   */
  readonly log: Log;
  /**
   * True from the deletion of the log until its next life, which has another epoch, takes its
   * place. A log that is deleted ends, and `onChange` is called. It is replaced when the turn of
   * the event loop is over or later, and `onChange` is called again. Absent where no log can be
   * deleted.
   */
  readonly isDeleted?: boolean;
  /**
   * Brings the log up to the current state of the backplane. The hub calls it when a client's
   * cursor is ahead of the log, since the client may come from a process that got a message sooner.
   * Absent where the log is the history itself.
   *
   * @throws PushwireError the promise rejects with `backplane-unavailable` or
   * `backplane-unconfirmed`.
   */
  refresh?(): Promise<void>;
  /**
   * False while the backplane has nothing of the log: no message, no end and no run. Absent where
   * that is not known, which counts as true.
   */
  readonly isKnown?: boolean;
  stop(): void;
}

/** The state of a backplane's connection to whatever joins the hubs. */
export interface BackplaneHealth {
  /** True while messages can be published and channels followed, as far as the backplane knows. */
  readonly reachable: boolean;
  /** The time since which that is so, in ms like those of `Date.now()`. */
  readonly since: number;
}

/**
 * Joins the hubs of several processes. The default is the memory of one process. Where a method may
 * return a promise, a local backplane returns the value itself, since awaiting costs a turn for
 * each message.
 */
export interface Backplane {
  /** True for a backplane that only this process has. Absent for one that joins several. */
  readonly isLocal?: boolean;
  /**
   * Gives a message the next offset of its channel, stores it, and announces it to all followers,
   * in one step. It settles within a limited time, and never queues without a limit.
   *
   * @param keepFor milliseconds, for a log that its limits keep forever. The whole log may be
   * deleted when this time is over for all of its messages. A message without one keeps it forever.
   * A backplane that ends with its process can ignore it. A hub never gives it.
   * @throws PushwireError `channel-ended`, `backplane-unavailable` or `backplane-unconfirmed`, or
   * the promise rejects with it.
   */
  append(channel: string, message: Message, keepFor?: number): Position | Promise<Position>;
  /** Ends the log of a channel and announces that. A second call does nothing. */
  end(channel: string): void | Promise<void>;
  /**
   * Writes to a log, and announces that to all followers, in one step. It settles within a limited
   * time, like `append`. The log remembers `limitsOf(channel).idempotencyKeys` keys for
   * `idempotencyAge` ms. Absent where it cannot be done in one step: `publishAll()`, `end(data)`
   * and the options `idempotencyKey` and `after` throw a TypeError then.
   *
   * @throws PushwireError `channel-ended`, `head-moved`, `backplane-unavailable` or
   * `backplane-unconfirmed`, or the promise rejects with it. A write that only ends a log which has
   * ended does nothing.
   */
  write?(channel: string, write: LogWrite): LogWritten | Promise<LogWritten>;
  /**
   * Deletes the log of a channel with its end and its idempotency keys, and announces that to all
   * followers. The next life of the log has another epoch. It does nothing where there is no log.
   * Absent where it cannot be done. `delete()` then throws a TypeError.
   *
   * @param newest deletes the log only if this is still the position of its newest message, so that
   * nothing is deleted that somebody has written meanwhile. Without it, whatever is there goes.
   * @throws PushwireError the promise rejects with `backplane-unavailable` or
   * `backplane-unconfirmed`.
   */
  delete?(channel: string, newest?: Position): void | Promise<void>;
  /**
   * Follows a channel. `onChange` is called each time its log has grown, ended or been replaced.
   *
   * @throws PushwireError the promise rejects with `backplane-unavailable` or
   * `backplane-unconfirmed`.
   */
  follow(channel: string, onChange: () => void): Followed | Promise<Followed>;
  /** Counts the connections of all processes to a channel. The sum may be some seconds old. */
  connectionsTo(channel: string): number | Promise<number>;
  /** Tells whether the backplane can be reached, at once. Absent where it always can. */
  health?(): BackplaneHealth;
  /** Keeps the runs. Absent on a backplane without runs. */
  readonly runs?: RunStore;
  /** Keeps the states. Absent on a backplane without states. */
  readonly states?: StateStore;
  close(): void | Promise<void>;
}

/** Makes the backplane of one hub. It is the type of `createHub({ backplane })`. */
export type BackplaneFactory = (host: BackplaneHost) => Backplane;

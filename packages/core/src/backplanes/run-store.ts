import type { Message } from '../log/message';
import type { Outcome, RunOutcome } from '../log/outcome';

/** The newest run of a log, as its store has it. Times are ms like those of `Date.now()`. */
export interface RunRecord {
  readonly status: 'running' | RunOutcome;
  readonly epoch: string;
  /** The offset of the newest message. */
  readonly head: number;
  readonly startedAt: number;
  /** The key of its start. Absent where it had none. */
  readonly key?: string;
  /** Absent while it is running. */
  readonly endedAt?: number;
  /** Absent while it is running. */
  readonly outcome?: Outcome;
}

/** A claim to be the one producer of a run. */
export interface RunClaim {
  /** A token of this claim alone. A claim that is repeated with it has the reply of the first. */
  readonly owner: string;
  /** A start with the key of the newest run joins it, even after its end. No default. */
  readonly key: string | undefined;
  /** Milliseconds without a write after which the producer counts as dead. */
  readonly lease: number;
  /** Milliseconds to keep the run after its end. */
  readonly keep: number;
}

/**
 * The reply to a claim:
 *
 * - `claimed`: a new run has begun, as a new life of the log. `stop` has a reason, or `''`, if the
 *   run was asked to stop before.
 * - `running`: another run is under way.
 * - `repeated`: a run with this key is under way or has ended.
 */
export type RunClaimed =
  | { readonly kind: 'claimed'; readonly epoch: string; readonly stop?: string }
  | { readonly kind: 'running' | 'repeated'; readonly record: RunRecord };

/**
 * A write of the owner. It appends messages, renews the lease, and ends the run where it has an
 * outcome, all in one step. A write that is repeated is done once.
 */
export interface RunWrite {
  readonly owner: string;
  readonly epoch: string;
  /** The offset of the owner's last message before these. */
  readonly after: number;
  readonly messages: readonly Message[];
  readonly lease: number;
  readonly keep: number;
  /** Absent while the run goes on. */
  readonly outcome?: Outcome;
}

/**
 * The reply to a write. `fenced` tells the owner that it is no longer one: its lease was over and
 * the run has ended, or the store has lost the run.
 */
export type RunWritten =
  | { readonly kind: 'written'; readonly stop?: string }
  | { readonly kind: 'fenced'; readonly record?: RunRecord };

/** A request to stop a run. */
export interface RunStop {
  /** `''` for none. */
  readonly reason: string;
  /** Stops only a run with this key, under way or still to come. */
  readonly key: string | undefined;
  /** Stops only the run of this epoch. Any other counts as `ended`, and nothing is remembered. */
  readonly epoch?: string;
}

/**
 * The reply to a stop: the run was under way and is told; or it has not begun yet and is stopped as
 * soon as it does; or it had ended.
 */
export type RunStopped = 'told' | 'remembered' | 'ended';

/** Milliseconds for which a stop waits for the start of its run. */
export const stopMemory = 60_000;

/**
 * Keeps the runs of a backplane. All methods take the name of a log. Each is one step, and settles
 * within a limited time.
 *
 * A run whose lease is over ends as `lost`. Every method finds that out, and so does whoever
 * follows the log, within a second.
 *
 * @throws PushwireError each method, or its promise, throws `backplane-unavailable` or
 * `backplane-unconfirmed`.
 */
export interface RunStore {
  /**
   * Begins a run, if none is under way.
   *
   * @param onStop called with the reason when the run is asked to stop, in whatever process, as
   * soon as the store knows. It may be called more than once. The replies to writes tell it too.
   */
  claim(log: string, claim: RunClaim, onStop: (reason: string) => void): RunClaimed | Promise<RunClaimed>;
  write(log: string, write: RunWrite): RunWritten | Promise<RunWritten>;
  stop(log: string, stop: RunStop): RunStopped | Promise<RunStopped>;
  /** Returns `undefined` for a log that never had a run, or whose run was kept long enough. */
  state(log: string): RunRecord | undefined | Promise<RunRecord | undefined>;
}

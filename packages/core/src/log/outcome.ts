/**
 * How a run has ended:
 *
 * - `completed`: its producer has given everything.
 * - `stopped`: somebody has asked it to stop.
 * - `failed`: its producer threw, or the run became too large.
 * - `lost`: its producer died, or the backplane has lost messages of it.
 */
export type RunOutcome = 'completed' | 'stopped' | 'failed' | 'lost';

/** The outcome of a run, as its readers are told of it. */
export interface Outcome {
  readonly outcome: RunOutcome;
  /** The public code of a failure. Absent for other outcomes. */
  readonly code?: string;
  /** The reason that `stop()` gave. Absent where it gave none, and for other outcomes. */
  readonly reason?: string;
}

/** The outcome of a channel or an iterable that has ended. */
export const completed: Outcome = { outcome: 'completed' };

/** The outcome of a run of which a client has a part, and the backplane not the rest. */
export const lost: Outcome = { outcome: 'lost' };

/** The outcome of an iterable that threw. */
export const sourceFailed: Outcome = { outcome: 'failed', code: 'source-failed' };

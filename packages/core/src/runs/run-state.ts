import type { RunRecord } from '../backplanes/run-store';
import { formatPosition } from '../log/cursor';
import type { RunOutcome } from '../log/outcome';

/** The state of a run: of the newest start of its id. */
export interface RunState {
  /**
   * - `none`: the id was never started, or its last run was kept long enough.
   * - `running`: the run is under way.
   * - `completed`: its producer has given everything.
   * - `stopped`: somebody has asked it to stop.
   * - `failed`: its producer threw, or the run became too large. `code` says why.
   * - `lost`: its producer died, or the backplane has lost messages of it.
   */
  readonly status: 'none' | 'running' | RunOutcome;
  /** The id of the newest message, or the cursor of the beginning. Absent for `none`. */
  readonly head?: string;
  /** The key of its start. Absent where it had none. */
  readonly key?: string;
  /** The time of its start, in ms like those of `Date.now()`. Absent for `none`. */
  readonly startedAt?: number;
  /** The time of its end, in ms like those of `Date.now()`. Absent while it is running. */
  readonly endedAt?: number;
  /** The public code of a failure. Absent for other outcomes. */
  readonly code?: string;
  /** The reason that `stop()` gave. Absent where it gave none, and for other outcomes. */
  readonly reason?: string;
}

export function stateOf(record: RunRecord | undefined): RunState {
  if (record === undefined) return { status: 'none' };
  const { status, epoch, head, startedAt, key, endedAt, outcome } = record;
  return {
    status,
    head: formatPosition({ epoch, offset: head }),
    ...(key !== undefined && { key }),
    startedAt: Math.floor(startedAt),
    ...(endedAt !== undefined && { endedAt: Math.floor(endedAt) }),
    ...(outcome?.code !== undefined && { code: outcome.code }),
    ...(outcome?.reason !== undefined && { reason: outcome.reason }),
  };
}

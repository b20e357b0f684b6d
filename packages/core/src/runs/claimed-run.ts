import { formatPosition } from '../log/cursor';
import type { Outcome } from '../log/outcome';
import type { RunState } from './run-state';

/** A run that this process has claimed. */
export interface ClaimedRun {
  readonly id: string;
  /** The name of its log. */
  readonly log: string;
  readonly epoch: string;
  readonly owner: string;
  readonly key: string | undefined;
  readonly lease: number;
  readonly keep: number;
  /** The time at which the claim was sent. */
  readonly claimedAt: number;
}

/** The state of the run at its start. */
export function stateAtStart({ epoch, key, claimedAt }: ClaimedRun): RunState {
  return {
    status: 'running',
    head: formatPosition({ epoch, offset: 0 }),
    ...(key !== undefined && { key }),
    startedAt: Math.floor(claimedAt),
  };
}

/** The state of the run after its end. */
export function stateAtEnd(run: ClaimedRun, head: number, endedAt: number, ended: Outcome): RunState {
  const { outcome, code, reason } = ended;
  return {
    ...stateAtStart(run),
    status: outcome,
    head: formatPosition({ epoch: run.epoch, offset: head }),
    endedAt: Math.floor(endedAt),
    ...(code !== undefined && { code }),
    ...(reason !== undefined && { reason }),
  };
}

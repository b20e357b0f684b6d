import { isUnreachable } from '../checks/errors';
import type { ClaimedRun } from './claimed-run';
import { pause } from './repeat';
import { type RunState, stateOf } from './run-state';
import type { RunsHost } from './runs-host';

/** Milliseconds between two questions to the store. */
const interval = 1000;

/**
 * Finds out how a run has ended whose producer could not reach the store: its last write may have
 * been done. Waits until the store can be reached and the lease is over.
 *
 * @param lost the state of the run if the store has lost it.
 */
export async function finalState(host: RunsHost, { log, epoch }: ClaimedRun, lost: RunState): Promise<RunState> {
  while (!host.isClosed) {
    try {
      const record = await host.runStore.state(log);
      if (record?.epoch !== epoch) return lost;
      if (record.status !== 'running') return stateOf(record);
    } catch (error) {
      if (!isUnreachable(error)) return lost;
    }
    await pause(host.clock, interval);
  }
  return lost;
}

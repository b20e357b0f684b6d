import type { RunRecord } from '../backplanes/run-store';
import type { Producer } from './producer';
import { pause } from './repeat';
import { endOf } from './run-end';
import { type RunState, stateOf } from './run-state';
import type { RunsHost } from './runs-host';

/** The result of `run.start()`. */
export interface RunStart {
  /** True if this call has begun the run, and false if it has joined one. */
  readonly started: boolean;
  /** The state of the run at that moment. */
  readonly state: RunState;
  /**
   * Resolves with the state of the run when it has ended, whatever its outcome. It need not be
   * awaited. For a run that was joined, it rejects with `hub-closed`, `hub-full`,
   * `backplane-unavailable` or `backplane-unconfirmed` if the run cannot be followed to its end.
   */
  readonly done: Promise<RunState>;
}

export function startedRun({ state, done }: Producer): RunStart {
  return { started: true, state, done };
}

/** A run that another start has begun. Nothing follows it until `done` is read. */
export class JoinedRun implements RunStart {
  readonly started = false;
  readonly state: RunState;
  readonly #follow: () => Promise<RunState>;
  #done: Promise<RunState> | undefined;

  constructor(host: RunsHost, log: string, record: RunRecord) {
    this.state = stateOf(record);
    this.#follow = () => host.optional('done', whenDone(host, log, record));
  }

  get done(): Promise<RunState> {
    this.#done ??= this.state.status === 'running' ? this.#follow() : Promise.resolve(this.state);
    return this.#done;
  }
}

/** Milliseconds until a copy of the log that is behind its store is looked at again. */
const interval = 200;

async function whenDone(host: RunsHost, log: string, joined: RunRecord): Promise<RunState> {
  for (;;) {
    const outcome = await endOf(host, log, joined.epoch);
    const record = await host.runStore.state(log);
    if (record?.epoch !== joined.epoch) {
      return stateOf({ ...joined, status: outcome?.outcome ?? 'lost', ...(outcome && { outcome }) });
    }
    if (record.status !== 'running') return stateOf(record);
    await pause(host.clock, interval);
  }
}

import { PushwireError } from '../checks/errors';
import { Log } from '../log/log';
import { runLogLimits } from '../log/log-limits';
import { ownText } from '../log/message';
import type { Clock } from '../time/clock';
import type { TimerWheel } from '../time/timer-wheel';
import type { Followed } from './backplane';
import type { DerivedEpochs } from './derived-epochs';
import type { LogStore } from './log-store';
import { MemoryRun, type MemoryRunHost } from './memory-run';
import type { RunClaim, RunClaimed, RunRecord, RunStop, RunStopped, RunStore, RunWrite, RunWritten } from './run-store';

/** The parts of the backplane that its runs use. */
export interface MemoryRunsHost {
  readonly clock: Clock;
  readonly timers: TimerWheel;
  readonly store: LogStore;
  readonly epochs: DerivedEpochs;
  readonly maxRuns: number;
}

/** Keeps the runs of one process. */
export class MemoryRuns implements RunStore, MemoryRunHost {
  readonly clock: Clock;
  readonly timers: TimerWheel;
  readonly store: LogStore;
  readonly #runs = new Map<string, MemoryRun>();
  /** The runs that have ended and are kept. The one that ended the longest ago comes first. */
  readonly #ended = new Set<MemoryRun>();
  #running = 0;

  constructor(readonly host: MemoryRunsHost) {
    this.clock = host.clock;
    this.timers = host.timers;
    this.store = host.store;
  }

  claim(name: string, claim: RunClaim, onStop: (reason: string) => void): RunClaimed {
    const run = this.#run(name);
    const { record } = run;
    if (record && !run.isOwnedBy(claim.owner)) {
      const isRepeated = claim.key !== undefined && claim.key === record.key;
      if (isRepeated) return { kind: 'repeated', record };
      if (record.status === 'running') return { kind: 'running', record };
    }
    if (!run.isOwnedBy(claim.owner)) {
      this.#makeRoomFor(run);
      run.begin(claim, onStop);
      this.#ended.delete(run);
      this.#running++;
    }
    const { stopReason } = run;
    return { kind: 'claimed', epoch: run.log.epoch, ...(stopReason !== undefined && { stop: stopReason }) };
  }

  /** @throws PushwireError `hub-full` for messages of a run for which there is no room. */
  write(name: string, write: RunWrite): RunWritten {
    const run = this.#runs.get(name);
    if (run === undefined) return { kind: 'fenced' };
    const written = run.write(write);
    this.store.makeRoom();
    return written;
  }

  stop(name: string, stop: RunStop): RunStopped {
    return this.#run(name).requestStop(stop);
  }

  state(name: string): RunRecord | undefined {
    return this.#runs.get(name)?.record;
  }

  follow(name: string, onChange: () => void): Followed {
    return this.#run(name).follow(onChange);
  }

  nextLog({ name }: MemoryRun): Log {
    this.host.epochs.retire(name);
    return this.#logOf(name);
  }

  onEnded(run: MemoryRun): void {
    this.#running--;
    this.#ended.add(run);
  }

  onForgotten(run: MemoryRun): void {
    this.#ended.delete(run);
  }

  onUnused(run: MemoryRun): void {
    if (this.#runs.get(run.name) === run) this.#runs.delete(run.name);
  }

  close(): void {
    for (const run of this.#runs.values()) this.timers.remove(run);
    this.#runs.clear();
  }

  #run(name: string): MemoryRun {
    const existing = this.#runs.get(name);
    if (existing) return existing;
    const run = new MemoryRun(ownText(name), this.#logOf(name), this);
    this.#runs.set(run.name, run);
    return run;
  }

  #logOf(name: string): Log {
    return new Log(this.host.epochs.of(name), runLogLimits, 0, undefined, this.store.tally);
  }

  #makeRoomFor(run: MemoryRun): void {
    const others = this.#running + this.#ended.size - (this.#ended.has(run) ? 1 : 0);
    if (others < this.host.maxRuns) return;
    const [oldest] = this.#ended;
    if (oldest === undefined)
      throw new PushwireError('hub-full', 'As many runs are under way as may be (limits.runs).');
    this.store.forget(oldest);
  }
}

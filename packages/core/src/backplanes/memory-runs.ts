import { PushwireError } from '../checks/errors';
import { Log } from '../log/log';
import { runLogLimits } from '../log/log-limits';
import { messageOverhead } from '../log/log-tally';
import { ownText } from '../log/message';
import type { Clock } from '../time/clock';
import { TimerWheel } from '../time/timer-wheel';
import type { Followed } from './backplane';
import type { DerivedEpochs } from './derived-epochs';
import type { LogStore } from './log-store';
import { MemoryRun, type MemoryRunHost } from './memory-run';
import type { RunLife } from './run-life';
import type { RunClaim, RunClaimed, RunRecord, RunStop, RunStopped, RunStore, RunWrite, RunWritten } from './run-store';

/** A lease that is over is found so many ms later at most. */
const grain = 250;

/** The parts of the backplane that its runs use. */
export interface MemoryRunsHost {
  readonly clock: Clock;
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
  readonly #running = new Set<MemoryRun>();
  /** The runs that have ended and are kept. The one that ended the longest ago comes first. */
  readonly #ended = new Set<MemoryRun>();
  /** Names of which only a stop is known, the oldest first. */
  readonly #stopped = new Set<MemoryRun>();

  constructor(readonly host: MemoryRunsHost) {
    this.clock = host.clock;
    this.timers = new TimerWheel(host.clock, grain);
    this.store = host.store;
  }

  /** The number of names of which something is known. */
  get size(): number {
    return this.#runs.size;
  }

  /** @throws PushwireError `hub-full` where other runs leave no room. */
  claim(name: string, claim: RunClaim, onStop: (reason: string) => void): RunClaimed | Promise<RunClaimed> {
    const run = this.#runs.get(name);
    const life = run?.life;
    if (life?.owner === claim.owner) return claimed(life);
    if (life && claim.key !== undefined && claim.key === life.key) return { kind: 'repeated', record: life.record };
    if (life?.isRunning) return { kind: 'running', record: life.record };
    // The next run would take away the log whose end the followers are about to see.
    if (run?.isEnding) return this.#nextTurn().then(() => this.claim(name, claim, onStop));
    // A run that has ended gives its place to the next one.
    if (life === undefined) this.#makeRoom();
    return claimed(this.#run(name).begin(claim, onStop));
  }

  /** @throws PushwireError `hub-full` for messages for which other runs leave no room. */
  write(name: string, write: RunWrite): RunWritten {
    const run = this.#runs.get(name);
    if (run === undefined) return { kind: 'fenced' };
    const bytes = write.messages.reduce((sum, { size }) => sum + size + messageOverhead, 0);
    if (bytes > 0 && !this.store.makeRoom(bytes)) throw noRoom();
    return run.write(write);
  }

  stop(name: string, stop: RunStop): RunStopped {
    const run = this.#run(name);
    const stopped = run.requestStop(stop);
    if (!run.isKnown) this.#limitStops(run);
    return stopped;
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

  onBegun(run: MemoryRun): void {
    this.#stopped.delete(run);
    this.#ended.delete(run);
    this.#running.add(run);
  }

  onEnded(run: MemoryRun): void {
    this.#running.delete(run);
    this.#ended.add(run);
  }

  onForgotten(run: MemoryRun): void {
    this.#ended.delete(run);
    this.host.epochs.retire(run.name);
  }

  onUnused(run: MemoryRun): void {
    this.#stopped.delete(run);
    if (this.#runs.get(run.name) === run) this.#runs.delete(run.name);
  }

  close(): void {
    for (const run of this.#runs.values()) this.timers.remove(run);
    this.#runs.clear();
  }

  #nextTurn(): Promise<void> {
    return new Promise((resolve) => this.clock.soon(resolve));
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

  #makeRoom(): void {
    if (!this.store.makeRoom(messageOverhead)) throw noRoom();
    if (this.#running.size + this.#ended.size < this.host.maxRuns) return;
    const [oldest] = this.#ended;
    if (oldest === undefined)
      throw new PushwireError('hub-full', 'As many runs are under way as may be (limits.runs).');
    this.store.forget(oldest);
  }

  /** Stops of names of which nothing else is known are limited as runs are. */
  #limitStops(run: MemoryRun): void {
    this.#stopped.delete(run);
    this.#stopped.add(run);
    if (this.#stopped.size <= this.host.maxRuns) return;
    const [oldest] = this.#stopped;
    this.#stopped.delete(oldest as MemoryRun);
    oldest?.forgetStops();
  }
}

function claimed({ log, stop }: RunLife): RunClaimed {
  return { kind: 'claimed', epoch: log.epoch, ...(stop !== undefined && { stop }) };
}

const noRoom = () => new PushwireError('hub-full', 'The runs that are under way leave no room (limits.logBytes).');

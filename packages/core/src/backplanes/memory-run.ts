import type { Log } from '../log/log';
import type { Clock } from '../time/clock';
import type { Timed, TimerWheel } from '../time/timer-wheel';
import type { Followed } from './backplane';
import type { LogStore, StoredLog } from './log-store';
import type { RecencyList } from './recency-list';
import { RememberedStops } from './remembered-stops';
import { RunLife } from './run-life';
import type { RunClaim, RunRecord, RunStop, RunStopped, RunWrite, RunWritten } from './run-store';

/** The longest time between two ticks of a run, in ms. A timer cannot wait for any time. */
const maxDelay = 3_600_000;

/** The parts of the store that its runs use. */
export interface MemoryRunHost {
  readonly clock: Clock;
  readonly timers: TimerWheel;
  readonly store: LogStore;
  /** Makes the log of a new life, of which no client can have a cursor yet. */
  nextLog(run: MemoryRun): Log;
  onBegun(run: MemoryRun): void;
  onEnded(run: MemoryRun): void;
  onForgotten(run: MemoryRun): void;
  /** Nothing of this name is left: no run, no follower and no stop that waits for a start. */
  onUnused(run: MemoryRun): void;
}

/** A name of runs: its log, its newest run, its follower, and stops that wait for a start. */
export class MemoryRun implements Followed, StoredLog, Timed {
  slot: Timed['slot'];
  earlier: Timed | undefined;
  later: Timed | undefined;
  readonly isWhole = true;
  list: RecencyList<StoredLog> | undefined = undefined;
  previous: StoredLog | undefined = undefined;
  next: StoredLog | undefined = undefined;
  readonly #stops = new RememberedStops();
  #life: RunLife | undefined;
  #onChange: (() => void) | undefined;
  /** True from the end of a run until its followers have seen it, when the turn is over. */
  isEnding = false;

  constructor(
    readonly name: string,
    /** The log of the newest run, or of the next one. */
    public log: Log,
    readonly host: MemoryRunHost,
  ) {}

  get isFollowed(): boolean {
    return this.#onChange !== undefined;
  }

  get isKnown(): boolean {
    return this.#life !== undefined;
  }

  /** The newest run. One whose lease is over is lost now. */
  get life(): RunLife | undefined {
    const life = this.#life;
    if (life === undefined) return undefined;
    const { clock, store } = this.host;
    const now = clock.now();
    if (life.due > now) return life;
    if (life.isRunning) {
      life.end({ outcome: 'lost' }, now);
      this.#onEnded();
    } else store.forget(this);
    return this.#life;
  }

  get record(): RunRecord | undefined {
    return this.life?.record;
  }

  begin(claim: RunClaim, onStop: (reason: string) => void): RunLife {
    const now = this.host.clock.now();
    if (this.log.ended) {
      this.host.store.drop(this);
      this.log = this.host.nextLog(this);
    }
    this.#life = new RunLife(this.log, claim, now, onStop, this.#stops.take(claim.key, now));
    this.host.onBegun(this);
    this.#onChange?.();
    this.#schedule();
    return this.#life;
  }

  write(write: RunWrite): RunWritten {
    const { life } = this;
    if (life === undefined) return { kind: 'fenced' };
    const wasRunning = life.isRunning;
    const written = life.write(write, this.host.clock.now());
    if (wasRunning && !life.isRunning) this.#onEnded();
    else if (write.messages.length > 0) this.#onChange?.();
    return written;
  }

  requestStop({ reason, key, epoch }: RunStop): RunStopped {
    const { life } = this;
    if (epoch !== undefined && epoch !== life?.log.epoch) return 'ended';
    if (life === undefined || (key !== undefined && key !== life.key)) {
      this.#stops.add(key, reason, this.host.clock.now());
      this.#schedule();
      return 'remembered';
    }
    if (!life.isRunning) return 'ended';
    life.tell(reason);
    return 'told';
  }

  forgetStops(): void {
    this.#stops.clear();
    this.#dropIfUnused();
  }

  follow(onChange: () => void): Followed {
    this.#onChange = onChange;
    this.#use();
    return this;
  }

  stop(): void {
    this.#onChange = undefined;
    this.#use();
    this.#dropIfUnused();
  }

  get isDrained(): boolean {
    return this.log.isDrained;
  }

  dropOldest(): boolean {
    return this.log.dropOldest();
  }

  evictDropped(): void {
    // A log that is forgotten as a whole tells its follower in `onForgotten`.
  }

  onForgotten(): void {
    this.#life = undefined;
    this.host.onForgotten(this);
    this.#onChange?.();
    this.#schedule();
    this.#dropIfUnused();
  }

  tick(): number | undefined {
    this.#stops.expire(this.host.clock.now());
    if (this.life === undefined) this.#dropIfUnused();
    return this.#delay;
  }

  #onEnded(): void {
    this.host.onEnded(this);
    if (this.#onChange) {
      this.#onChange();
      this.isEnding = true;
      this.host.clock.soon(() => {
        this.isEnding = false;
      });
    }
    this.#schedule();
    this.#use();
  }

  /** A run that is under way is not stored, so that nothing of it is evicted. */
  #use(): void {
    if (this.#life?.isRunning === false) this.host.store.use(this);
  }

  #dropIfUnused(): void {
    if (this.isKnown || this.isFollowed || this.#stops.size > 0) return;
    this.host.timers.remove(this);
    this.host.onUnused(this);
  }

  #schedule(): void {
    const delay = this.#delay;
    if (delay === undefined) this.host.timers.remove(this);
    else this.host.timers.add(this, delay);
  }

  /** Milliseconds until something of the name is over. */
  get #delay(): number | undefined {
    const now = this.host.clock.now();
    const due = Math.min(this.#life?.due ?? Infinity, this.#stops.expire(now) ?? Infinity);
    return due === Infinity ? undefined : Math.min(maxDelay, Math.max(1, due - now));
  }
}

import type { Log } from '../log/log';
import type { Outcome } from '../log/outcome';
import type { Clock } from '../time/clock';
import type { Timed, TimerWheel } from '../time/timer-wheel';
import type { Followed } from './backplane';
import type { LogStore, StoredLog } from './log-store';
import type { RecencyList } from './recency-list';
import { RememberedStops } from './remembered-stops';
import type { RunClaim, RunRecord, RunStop, RunStopped, RunWrite, RunWritten } from './run-store';

/** The longest time between two ticks of a run, in ms. */
const maxDelay = 3_600_000;

/** The parts of the store that its runs use. */
export interface MemoryRunHost {
  readonly clock: Clock;
  readonly timers: TimerWheel;
  readonly store: LogStore;
  /** Makes the log of a new life, of which no client can have a cursor yet. */
  nextLog(run: MemoryRun): Log;
  onEnded(run: MemoryRun): void;
  /** The last run of this name is forgotten. */
  onForgotten(run: MemoryRun): void;
  /** Nothing of this name is left: no run, no follower and no stop that waits for a start. */
  onUnused(run: MemoryRun): void;
}

/** The newest run of one name. */
interface Life {
  readonly owner: string;
  readonly key: string | undefined;
  readonly startedAt: number;
  readonly onStop: (reason: string) => void;
  keep: number;
  /** The time at which the lease is over. */
  until: number;
  /** The reason that the producer was given. */
  stop: string | undefined;
  endedAt: number | undefined;
}

/** A name of runs: its log, its newest run, its follower, and stops that wait for a start. */
export class MemoryRun implements Followed, StoredLog, Timed {
  readonly isWhole = true;
  list: RecencyList<StoredLog> | undefined = undefined;
  previous: StoredLog | undefined = undefined;
  next: StoredLog | undefined = undefined;
  readonly #stops = new RememberedStops();
  #life: Life | undefined;
  #onChange: (() => void) | undefined;

  constructor(
    readonly name: string,
    /** The log of the newest run. A follower reads it anew at each change. */
    public log: Log,
    readonly host: MemoryRunHost,
  ) {}

  get isFollowed(): boolean {
    return this.#onChange !== undefined;
  }

  get isDrained(): boolean {
    return this.log.isDrained;
  }

  get isKnown(): boolean {
    return this.#life !== undefined;
  }

  /** The newest run. A run whose lease is over is lost now. */
  get record(): RunRecord | undefined {
    const life = this.#current();
    if (life === undefined) return undefined;
    const { epoch, head, outcome } = this.log;
    const { startedAt, endedAt, key } = life;
    return {
      status: outcome?.outcome ?? 'running',
      epoch,
      head,
      startedAt,
      ...(key !== undefined && { key }),
      ...(endedAt !== undefined && { endedAt }),
      ...(outcome && { outcome }),
    };
  }

  /** True if a claim is a repetition of the newest run's. */
  isOwnedBy(owner: string): boolean {
    return this.#life?.owner === owner;
  }

  /** The reason for which the newest run was asked to stop. */
  get stopReason(): string | undefined {
    return this.#life?.stop;
  }

  begin({ owner, key, lease, keep }: RunClaim, onStop: (reason: string) => void): void {
    const now = this.host.clock.now();
    if (this.log.ended || this.log.head > 0) {
      this.host.store.drop(this);
      this.log = this.host.nextLog(this);
    }
    const stop = this.#stops.take(key, now);
    const times = { startedAt: now, until: now + lease, keep, endedAt: undefined };
    this.#life = { owner, key, onStop, stop, ...times };
    this.#onChange?.();
    this.#schedule(now);
  }

  write({ owner, epoch, after, messages, lease, keep, outcome }: RunWrite): RunWritten {
    const life = this.#current();
    const { log } = this;
    if (life === undefined || life.owner !== owner || log.epoch !== epoch) return this.#fence();
    const isRepeated = messages.length > 0 && log.head === after + messages.length;
    if (log.ended)
      return isSame(log.outcome, outcome) && (isRepeated || log.head === after) ? { kind: 'written' } : this.#fence();
    if (!isRepeated && log.head !== after) throw new Error(`The log is at ${log.head}, and not at ${after}.`);
    const now = this.host.clock.now();
    if (!isRepeated) for (const message of messages) log.append(message, now);
    life.until = now + lease;
    life.keep = keep;
    if (outcome) this.#end(life, outcome, now);
    else if (messages.length > 0) this.#onChange?.();
    return life.stop === undefined ? { kind: 'written' } : { kind: 'written', stop: life.stop };
  }

  requestStop({ reason, key }: RunStop): RunStopped {
    const life = this.#current();
    const isMeant = life !== undefined && (key === undefined || key === life.key);
    if (isMeant && this.log.ended) return 'ended';
    const now = this.host.clock.now();
    if (!isMeant) {
      this.#stops.add(key, reason, now);
      this.#schedule(now);
      return 'remembered';
    }
    life.stop ??= reason;
    life.onStop(life.stop);
    return 'told';
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

  dropOldest(): boolean {
    return this.log.dropOldest();
  }

  evictDropped(): void {
    // A log that is forgotten as a whole tells its follower in `onForgotten`.
  }

  onForgotten(): void {
    this.#life = undefined;
    this.#onChange?.();
    this.host.onForgotten(this);
    this.#schedule(this.host.clock.now());
    this.#dropIfUnused();
  }

  tick(now: number): number | undefined {
    const life = this.#current();
    if (life?.endedAt !== undefined && life.endedAt + life.keep <= now) this.host.store.forget(this);
    this.#stops.expire(now);
    this.#dropIfUnused();
    return this.#delayFrom(now);
  }

  #current(): Life | undefined {
    const life = this.#life;
    const now = this.host.clock.now();
    if (life && life.endedAt === undefined && life.until <= now) this.#end(life, { outcome: 'lost' }, now);
    return life;
  }

  #end(life: Life, outcome: Outcome, now: number): void {
    life.endedAt = now;
    this.log.end(outcome);
    this.#onChange?.();
    this.host.onEnded(this);
    this.#schedule(now);
    this.#use();
  }

  #fence(): RunWritten {
    const { record } = this;
    return record ? { kind: 'fenced', record } : { kind: 'fenced' };
  }

  /** A run that is under way is not stored, so that nothing of it is evicted. */
  #use(): void {
    if (this.#life?.endedAt !== undefined) this.host.store.use(this);
  }

  #dropIfUnused(): void {
    if (this.#life !== undefined || this.isFollowed || this.#stops.size > 0) return;
    this.host.timers.remove(this);
    this.host.onUnused(this);
  }

  #schedule(now: number): void {
    const delay = this.#delayFrom(now);
    if (delay === undefined) this.host.timers.remove(this);
    else this.host.timers.add(this, delay);
  }

  /** Milliseconds until the lease, the time after the end or a stop that waits is over. */
  #delayFrom(now: number): number | undefined {
    const life = this.#life;
    const ofLife = life && (life.endedAt === undefined ? life.until : life.endedAt + life.keep);
    const due = Math.min(ofLife ?? Infinity, this.#stops.expire(now) ?? Infinity);
    return due === Infinity ? undefined : Math.min(maxDelay, Math.max(1, due - now));
  }
}

function isSame(a: Outcome | undefined, b: Outcome | undefined): boolean {
  return a?.outcome === b?.outcome && a?.code === b?.code && a?.reason === b?.reason;
}

import type { Position } from '../log/cursor';
import type { Log } from '../log/log';
import type { Message } from '../log/message';
import type { Clock } from '../time/clock';
import type { Timed, TimerWheel } from '../time/timer-wheel';
import type { Followed } from './backplane';
import type { LogStore, StoredLog } from './log-store';
import type { RecencyList } from './recency-list';

/** Milliseconds after its last use for which an empty log is kept, so that cursors stay valid. */
const forgetAfter = 600_000;

/** The shortest time between two ticks of a log, in ms. */
const minDelay = 1000;

/** The parts of the backplane that its channels use. */
export interface MemoryChannelHost {
  readonly clock: Clock;
  readonly timers: TimerWheel;
  readonly store: LogStore;
  /** Forgets a channel. `hadLife` is false if no client can have missed anything of it. */
  forget(channel: MemoryChannel, hadLife: boolean): void;
}

/** The log of one channel and its follower. */
export class MemoryChannel implements Timed, Followed, StoredLog {
  list: RecencyList<StoredLog> | undefined = undefined;
  previous: StoredLog | undefined = undefined;
  next: StoredLog | undefined = undefined;
  #onChange: (() => void) | undefined;
  #lastUse = 0;
  /** The time of the next tick. 0 while there is none. */
  #nextTick = 0;

  constructor(
    readonly name: string,
    readonly log: Log,
    readonly host: MemoryChannelHost,
  ) {}

  get isFollowed(): boolean {
    return this.#onChange !== undefined;
  }

  append(message: Message): Position {
    const now = this.host.clock.now();
    const { offset } = this.log.append(message, now);
    this.#notifyOrEvict(now);
    this.#use(now);
    return { epoch: this.log.epoch, offset };
  }

  end(): void {
    this.log.end();
    this.#onChange?.();
    this.#use(this.host.clock.now());
  }

  follow(onChange: () => void): void {
    this.#onChange = onChange;
    this.#use(this.host.clock.now());
  }

  stop(): void {
    this.#onChange = undefined;
    const now = this.host.clock.now();
    this.log.evict(now);
    if (this.#hasLife) this.#use(now);
    else this.host.forget(this, false);
  }

  evictDropped(): void {
    this.#notifyOrEvict(this.host.clock.now());
  }

  onForgotten(): void {
    this.host.timers.remove(this);
    this.host.forget(this, true);
  }

  tick(now: number): number | undefined {
    this.#notifyOrEvict(now);
    if (this.isFollowed || this.log.count > 0 || now < this.#forgetAt) return this.#delayFrom(now);
    this.host.store.forget(this);
    return undefined;
  }

  /** True once a client can have missed something of the log: a message or its end. */
  get #hasLife(): boolean {
    return this.log.head > 0 || this.log.ended;
  }

  #use(now: number): void {
    this.#lastUse = now;
    if (!this.#hasLife) return;
    const comesTooLate = this.#nextTick === 0 || now + minDelay + this.log.limits.age < this.#nextTick;
    if (comesTooLate) this.host.timers.add(this, this.#delayFrom(now));
    this.host.store.use(this);
  }

  /** A follower evicts by itself, after it has written the new messages. */
  #notifyOrEvict(now: number): void {
    if (this.#onChange) this.#onChange();
    else this.log.evict(now);
  }

  /** The time at which an empty log may be forgotten. */
  get #forgetAt(): number {
    return this.#lastUse + forgetAfter;
  }

  /** Milliseconds until the oldest message is too old, or until the log may be forgotten. */
  #delayFrom(now: number): number {
    const due = Math.min(this.log.expires ?? this.#forgetAt, now + forgetAfter);
    const delay = Math.max(minDelay, due - now);
    this.#nextTick = now + delay;
    return delay;
  }
}

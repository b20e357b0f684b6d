import type { Position } from '../log/cursor';
import type { Log } from '../log/log';
import type { Message } from '../log/message';
import type { Clock } from '../time/clock';
import type { Timed, TimerWheel } from '../time/timer-wheel';
import type { Followed } from './backplane';
import { KeyMemory } from './key-memory';
import type { LogStore, StoredLog } from './log-store';
import { channelEnded, headMoved, type LogWrite, type LogWritten } from './log-write';
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
  slot: Timed['slot'];
  earlier: Timed | undefined;
  later: Timed | undefined;
  readonly isWhole = false;
  list: RecencyList<StoredLog> | undefined = undefined;
  previous: StoredLog | undefined;
  next: StoredLog | undefined;
  #onChange: (() => void) | undefined;
  #lastUse = 0;
  /** The time of the next tick. 0 while there is none. */
  #nextTick = 0;
  /** The next life of a deleted log, until the followers have seen the end of this one. */
  #next: Log | undefined;
  /** Made for the first idempotency key. */
  #keys: KeyMemory | undefined;

  constructor(
    readonly name: string,
    /** The log that the followers see. */
    public log: Log,
    readonly host: MemoryChannelHost,
  ) {}

  get isFollowed(): boolean {
    return this.#onChange !== undefined;
  }

  /** The log that is written to. */
  get newest(): Log {
    return this.#next ?? this.log;
  }

  get isDeleted(): boolean {
    return this.#next !== undefined;
  }

  /** True once a client can have missed something of the log: a message or its end. */
  get hasLife(): boolean {
    const { head, ended } = this.newest;
    return head > 0 || ended;
  }

  append(message: Message): Position {
    const now = this.host.clock.now();
    const log = this.newest;
    const { offset } = log.append(message, now);
    this.#onWrite(now);
    return { epoch: log.epoch, offset };
  }

  end(): void {
    this.newest.end();
    this.#onWrite(this.host.clock.now());
  }

  /** @throws PushwireError `channel-ended` or `head-moved`. */
  write({ messages, ends, key, after }: LogWrite): LogWritten {
    const now = this.host.clock.now();
    const log = this.newest;
    const { epoch, head: from } = log;
    const first = key === undefined ? undefined : this.#keys?.find(key, now);
    if (first) return first;
    if (log.ended && messages.length > 0) throw channelEnded(this.name);
    if (after && !(log.has(after) && after.offset === from)) throw headMoved(this.name);
    for (const message of messages) log.append(message, now);
    if (ends) log.end();
    const written = { epoch, from, head: log.head, isRepeated: false };
    if (key !== undefined) {
      this.#keys ??= new KeyMemory(log.limits, this.host.store.tally);
      this.#keys.add(key, written, now);
    }
    this.#onWrite(now);
    return written;
  }

  /** Ends the log, which has been dropped, for the followers, and lets the next one begin. */
  beginNext(log: Log): void {
    const isFirst = this.#next === undefined;
    this.#next = log;
    this.#nextTick = 0;
    // Deleted twice in one turn, so that the followers have not seen the end yet.
    if (!isFirst) return;
    this.log.end();
    this.#onChange?.();
    this.host.clock.soon(() => {
      if (this.#replaceLog()) this.#onWrite(this.host.clock.now());
    });
  }

  follow(onChange: () => void): void {
    this.#onChange = onChange;
    this.#use(this.host.clock.now());
  }

  stop(): void {
    this.#onChange = undefined;
    this.#replaceLog();
    const now = this.host.clock.now();
    this.log.evict(now);
    if (this.hasLife) this.#use(now);
    else this.host.forget(this, false);
  }

  get isDrained(): boolean {
    return this.newest.isDrained && this.#keys?.isEmpty !== false;
  }

  dropOldest(): boolean {
    return this.newest.dropOldest() || this.#keys?.dropOldest() === true;
  }

  evictDropped(): void {
    this.#notifyOrEvict(this.host.clock.now());
  }

  onForgotten(): void {
    this.host.timers.remove(this);
    this.host.forget(this, true);
  }

  tick(now: number): number | undefined {
    this.#keys?.evict(now);
    this.#notifyOrEvict(now);
    if (this.isFollowed || this.log.count > 0 || now < this.#forgetAt) return this.#delayFrom(now);
    this.host.store.forget(this);
    return undefined;
  }

  /** @returns false where no log waits to replace this one. */
  #replaceLog(): boolean {
    const next = this.#next;
    if (next === undefined) return false;
    this.log = next;
    this.#next = undefined;
    return true;
  }

  #onWrite(now: number): void {
    // The followers see the next log when they have seen the end of this one.
    if (this.#next !== undefined) return;
    this.#notifyOrEvict(now);
    this.#use(now);
  }

  #use(now: number): void {
    this.#lastUse = now;
    if (!this.hasLife) return;
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
    const { idempotencyAge = forgetAfter } = this.log.limits;
    return this.#lastUse + (this.#keys?.isEmpty === false ? Math.max(forgetAfter, idempotencyAge) : forgetAfter);
  }

  /** Milliseconds until the oldest message is too old, or until the log may be forgotten. */
  #delayFrom(now: number): number {
    const due = Math.min(this.log.expires ?? this.#forgetAt, now + forgetAfter);
    const delay = Math.max(minDelay, due - now);
    this.#nextTick = now + delay;
    return delay;
  }
}

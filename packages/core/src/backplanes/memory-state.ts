import { messageOverhead } from '../log/log-tally';
import type { Message } from '../log/message';
import type { StateLog } from '../log/state-log';
import { deletionMessage } from '../log/state-message';
import type { Clock } from '../time/clock';
import type { Timed, TimerWheel } from '../time/timer-wheel';
import type { Followed } from './backplane';
import type { LogStore, StoredLog } from './log-store';
import type { RecencyList } from './recency-list';
import type { StateLimits } from './state-limits';
import type { StateWrite, StateWritten } from './state-store';

/** The longest time between two ticks of a state, in ms. A timer cannot wait for any time. */
const maxDelay = 3_600_000;

/** The parts of the store that its states use. */
export interface MemoryStateHost {
  readonly clock: Clock;
  readonly timers: TimerWheel;
  readonly store: LogStore;
  /** A state has other values, deletions or followers. */
  onChanged(state: MemoryState): void;
  /** Nothing is left of a state: no message and no follower. */
  onUnused(state: MemoryState): void;
}

/**
 * A state: its log and its follower. The store of logs may forget it only while it has neither, but
 * for its deletions.
 */
export class MemoryState implements Followed, StoredLog, Timed {
  slot: Timed['slot'];
  earlier: Timed | undefined;
  later: Timed | undefined;
  readonly isWhole = true;
  list: RecencyList<StoredLog> | undefined = undefined;
  previous: StoredLog | undefined = undefined;
  next: StoredLog | undefined = undefined;
  #onChange: (() => void) | undefined;
  /** The time of the next tick. */
  #due = Number.POSITIVE_INFINITY;

  constructor(
    readonly name: string,
    public log: StateLog,
    readonly limits: StateLimits,
    readonly host: MemoryStateHost,
  ) {}

  get isFollowed(): boolean {
    return this.#onChange !== undefined;
  }

  get isDrained(): boolean {
    return this.log.isDrained;
  }

  get hasDeletions(): boolean {
    return this.log.count > this.log.keys;
  }

  /** The bytes that a write adds to those of all logs. */
  growth(message: Message): number {
    const former = this.log.newest(message.key as string)?.message;
    return message.size + messageOverhead - (former ? former.size + messageOverhead : 0);
  }

  /** Returns the reply to a write that cannot be done, or that changes nothing. */
  refusal({ message, ifAt }: StateWrite): StateWritten | undefined {
    const { log, limits } = this;
    const newest = log.newest(message.key as string);
    const current = newest?.message.isDeletion ? undefined : newest;
    if (ifAt !== undefined) {
      const at = ifAt === 'absent' ? undefined : ifAt;
      if (current?.offset !== at?.offset || (at && at.epoch !== log.epoch)) return { kind: 'moved' };
    }
    if (message.isDeletion) {
      return current ? undefined : { kind: 'unchanged', position: { epoch: log.epoch, offset: log.head } };
    }
    if (current === undefined && log.keys >= limits.keys) return { kind: 'full', limit: 'keys' };
    const others = log.bytes - (current?.message.size ?? 0);
    return others + message.size > limits.bytes ? { kind: 'full', limit: 'bytes' } : undefined;
  }

  write(message: Message): StateWritten {
    const { offset } = this.log.append(message, this.host.clock.now());
    this.#changed();
    return { kind: 'written', position: { epoch: this.log.epoch, offset } };
  }

  /** Lets another life of the log take the place of this one. */
  begin(log: StateLog): void {
    this.log = log;
    this.#changed();
  }

  follow(onChange: () => void): void {
    this.#onChange = onChange;
    this.#use();
  }

  stop(): void {
    this.#onChange = undefined;
    this.log.evict(this.host.clock.now());
    this.#use();
    this.forgetIfUnused();
  }

  /** Those who have not heard of the deletions get a snapshot. */
  forgetDeletions(): void {
    this.log.evict(Number.POSITIVE_INFINITY);
    this.#use();
    this.forgetIfUnused();
  }

  dropOldest(): boolean {
    return this.log.dropOldest();
  }

  /** No message of a state is dropped alone. */
  evictDropped(): void {}

  onForgotten(): void {
    this.host.timers.remove(this);
    this.host.onUnused(this);
  }

  forgetIfUnused(): void {
    if (this.#onChange || !this.log.isDrained) return;
    this.onForgotten();
  }

  tick(now: number): number | undefined {
    this.#due = Number.POSITIVE_INFINITY;
    const old: string[] = [];
    for (const { time, message } of this.log.values()) {
      if (now - time < this.limits.age) break;
      old.push(message.key as string);
    }
    for (const key of old) this.log.append(deletionMessage(key), now);
    this.#changed();
    this.forgetIfUnused();
    return undefined;
  }

  /** A follower evicts by itself, after it has written the new messages. */
  #changed(): void {
    if (this.#onChange) this.#onChange();
    else this.log.evict(this.host.clock.now());
    this.#schedule();
    this.#use();
  }

  #use(): void {
    const { store } = this.host;
    if (!this.isFollowed && this.log.keys === 0 && this.hasDeletions) store.use(this);
    else this.list?.remove(this);
    this.host.onChanged(this);
  }

  /** A later value never becomes too old before an earlier one, but a deletion may. */
  #schedule(): void {
    const { expires = Infinity } = this.log;
    if (this.#due < Infinity && expires >= this.#due) return;
    const oldest = this.limits.age === Infinity ? undefined : this.log.oldest;
    const due = Math.min(expires, oldest ? oldest.time + this.limits.age : Infinity);
    if (due === Infinity) return;
    const now = this.host.clock.now();
    this.#due = Math.min(due, now + maxDelay);
    this.host.timers.add(this, Math.max(1, this.#due - now));
  }
}

import type { Message } from '../log/message';
import type { StateLog } from '../log/state-log';
import { deletionMessage } from '../log/state-message';
import type { Clock } from '../time/clock';
import type { Timed, TimerWheel } from '../time/timer-wheel';
import type { Followed } from './backplane';
import type { StateLimits } from './state-limits';
import type { StateWrite, StateWritten } from './state-store';

/** The longest time between two ticks of a state, in ms. A timer cannot wait for any time. */
const maxDelay = 3_600_000;

/** The parts of the store that its states use. */
export interface MemoryStateHost {
  readonly clock: Clock;
  readonly timers: TimerWheel;
  /** Nothing is left of a state: no message and no follower. */
  onUnused(state: MemoryState): void;
}

/** A state: its log and its follower. */
export class MemoryState implements Followed, Timed {
  #onChange: (() => void) | undefined;
  #isScheduled = false;

  constructor(
    readonly name: string,
    public log: StateLog,
    readonly limits: StateLimits,
    readonly host: MemoryStateHost,
  ) {}

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
  }

  stop(): void {
    this.#onChange = undefined;
    this.log.evict(this.host.clock.now());
    this.forgetIfUnused();
  }

  forgetIfUnused(): void {
    if (this.#onChange || !this.log.isDrained) return;
    this.host.timers.remove(this);
    this.host.onUnused(this);
  }

  tick(now: number): number | undefined {
    this.#isScheduled = false;
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
  }

  /** A later message never becomes too old before an earlier one. */
  #schedule(): void {
    if (this.#isScheduled) return;
    const oldest = this.limits.age === Number.POSITIVE_INFINITY ? undefined : this.log.oldest;
    const due = Math.min(this.log.expires ?? Infinity, oldest ? oldest.time + this.limits.age : Infinity);
    if (due === Infinity) return;
    this.#isScheduled = true;
    this.host.timers.add(this, Math.min(maxDelay, Math.max(1, due - this.host.clock.now())));
  }
}

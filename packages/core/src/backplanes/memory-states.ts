import { PushwireError } from '../checks/errors';
import type { Position } from '../log/cursor';
import { messageOverhead } from '../log/log-tally';
import { ownText } from '../log/message';
import { StateLog } from '../log/state-log';
import type { Clock } from '../time/clock';
import { TimerWheel } from '../time/timer-wheel';
import type { Followed } from './backplane';
import type { DerivedEpochs } from './derived-epochs';
import type { LogStore } from './log-store';
import { MemoryHolds } from './memory-holds';
import { MemoryState, type MemoryStateHost } from './memory-state';
import type { PresenceHeld, PresenceHold } from './presence-store';
import type { StateLimits } from './state-limits';
import type { StateStore, StateValues, StateWrite, StateWritten } from './state-store';

/** The parts of the backplane that its states use. */
export interface MemoryStatesHost {
  readonly clock: Clock;
  readonly store: LogStore;
  readonly epochs: DerivedEpochs;
  stateLimitsOf(log: string): StateLimits;
}

/** Keeps the states of one process. */
export class MemoryStates implements StateStore, MemoryStateHost {
  readonly clock: Clock;
  readonly timers: TimerWheel;
  /** The states that have messages, and those that are followed. */
  readonly #states = new Map<string, MemoryState>();

  readonly #holds = new MemoryHolds({
    write: (log, message) => this.write(log, { message, ifAt: undefined }),
    newest: (log, key) => this.read(log, key).entries[0]?.message,
    count: (log) => this.count(log),
  });

  constructor(readonly host: MemoryStatesHost) {
    this.clock = host.clock;
    this.timers = new TimerWheel(host.clock);
  }

  /** The number of names of which something is known. */
  get size(): number {
    return this.#states.size;
  }

  /** @throws PushwireError `hub-full` where other logs leave no room. */
  write(name: string, write: StateWrite): StateWritten {
    const { store } = this.host;
    const state = this.#state(name);
    try {
      const written = state.refusal(write);
      if (written) return written;
      if (!store.makeRoom(write.message.size + messageOverhead)) throw noRoom();
      return state.write(write.message);
    } finally {
      state.forgetIfUnused();
    }
  }

  read(name: string, key?: string): StateValues {
    const log = this.#states.get(name)?.log;
    if (log === undefined) return { epoch: this.host.epochs.of(name), entries: [] };
    if (key === undefined) return { epoch: log.epoch, entries: [...log.values()] };
    const entry = log.newest(key);
    return { epoch: log.epoch, entries: entry && !entry.message.isDeletion ? [entry] : [] };
  }

  hold(name: string, hold: PresenceHold): PresenceHeld {
    return this.#holds.hold(name, hold, this.host.stateLimitsOf(name).keys);
  }

  count(name: string): number {
    return this.#holds.count(name) ?? this.#states.get(name)?.log.keys ?? 0;
  }

  clear(name: string): Position {
    const state = this.#states.get(name);
    if (state && state.log.head > 0) {
      while (state.log.dropOldest());
      this.host.epochs.retire(name);
      state.begin(this.#logOf(name, state.limits));
      state.forgetIfUnused();
    }
    return { epoch: state?.log.epoch ?? this.host.epochs.of(name), offset: 0 };
  }

  follow(name: string, onChange: () => void): Followed {
    const state = this.#state(name);
    state.follow(onChange);
    return state;
  }

  onUnused({ name, log }: MemoryState): void {
    this.#states.delete(name);
    if (log.head > 0) this.host.epochs.retire(name);
  }

  close(): void {
    for (const state of this.#states.values()) this.timers.remove(state);
    this.#states.clear();
  }

  #state(name: string): MemoryState {
    const existing = this.#states.get(name);
    if (existing) return existing;
    const limits = this.host.stateLimitsOf(name);
    const state = new MemoryState(ownText(name), this.#logOf(name, limits), limits, this);
    this.#states.set(state.name, state);
    return state;
  }

  #logOf(name: string, limits: StateLimits): StateLog {
    return new StateLog(this.host.epochs.of(name), limits, undefined, this.host.store.tally);
  }
}

const noRoom = () => new PushwireError('hub-full', 'The logs of the hub leave no room for a value (limits.logBytes).');

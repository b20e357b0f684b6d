import { PushwireError } from '../checks/errors';
import type { Position } from '../log/cursor';
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
  readonly store: LogStore;
  /** Those that remember deletions. */
  readonly #withDeletions = new Set<MemoryState>();
  /** The states that have messages, and those that are followed. */
  readonly #states = new Map<string, MemoryState>();

  readonly #holds = new MemoryHolds({
    write: (log, message) => this.write(log, { message, ifAt: undefined }),
    newest: (log, key) => this.read(log, key).entries[0]?.message,
    count: (log) => this.count(log),
  });

  constructor(readonly host: MemoryStatesHost) {
    this.clock = host.clock;
    this.store = host.store;
    this.timers = new TimerWheel(host.clock);
  }

  /** The number of names of which something is known. */
  get size(): number {
    return this.#states.size;
  }

  /** @throws PushwireError `hub-full` where other logs leave no room. */
  write(name: string, write: StateWrite): StateWritten {
    try {
      const state = this.#state(name);
      const written = state.refusal(write);
      if (written) return written;
      const growth = state.growth(write.message);
      if (growth > 0 && !this.#makeRoom(growth)) throw noRoom();
      // It may be one of those that were forgotten to make room.
      return this.#state(name).write(write.message);
    } finally {
      this.#states.get(name)?.forgetIfUnused();
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

  onChanged(state: MemoryState): void {
    if (state.hasDeletions) this.#withDeletions.add(state);
    else this.#withDeletions.delete(state);
  }

  onUnused(state: MemoryState): void {
    const { name, log } = state;
    if (this.#states.get(name) !== state) return;
    this.#withDeletions.delete(state);
    this.#states.delete(name);
    if (log.head > 0) this.host.epochs.retire(name);
  }

  close(): void {
    for (const state of this.#states.values()) this.timers.remove(state);
    this.#states.clear();
    this.#withDeletions.clear();
  }

  /** What was deleted keeps no value out. */
  #makeRoom(bytes: number): boolean {
    if (this.store.makeRoom(bytes)) return true;
    for (const state of this.#withDeletions) {
      state.forgetDeletions();
      if (this.store.makeRoom(bytes)) return true;
    }
    return false;
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
    return new StateLog(this.host.epochs.of(name), limits, undefined, this.store.tally);
  }
}

const noRoom = () => new PushwireError('hub-full', 'The logs of the hub leave no room for a value (limits.logBytes).');

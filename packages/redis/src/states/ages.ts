import { type Clock, StateLog, type Timed, TimerWheel } from '@pushwire/core/backplanes';

/** The longest and the shortest time between two looks, in ms. */
const [longest, shortest] = [3_600_000, 200];

/** A state that is followed. */
interface Aging {
  /** Milliseconds to keep a value. */
  readonly age: number;
  /** Returns the copy of the log. `undefined` before it was read. */
  log(): unknown;
  /** Lets Redis delete what is too old. */
  expire(): void;
}

class Age implements Timed {
  constructor(readonly state: Aging) {}

  tick(now: number): number {
    const { age } = this.state;
    const log = this.state.log();
    const oldest = log instanceof StateLog ? log.oldest : undefined;
    // A later value never becomes too old before an earlier one.
    const left = oldest ? oldest.time + age - now : age;
    if (left <= 0) this.state.expire();
    // Other processes look too. They do so at other times after the first one.
    return left <= 0 ? shortest * (1 + Math.random()) : Math.min(left, longest);
  }
}

/**
 * Lets Redis delete the values of followed states that become too old, in time for the followers.
 * Redis learns of those of other states when they are written to, and shows none that is too old.
 */
export class Ages {
  readonly #timers: TimerWheel;
  readonly #ages = new Map<string, Age>();

  constructor(clock: Clock) {
    this.#timers = new TimerWheel(clock);
  }

  watch(name: string, state: Aging): void {
    if (state.age === Number.POSITIVE_INFINITY) return;
    const age = new Age(state);
    this.#ages.set(name, age);
    this.#timers.add(age, Math.min(state.age, shortest));
  }

  forget(name: string): void {
    const age = this.#ages.get(name);
    if (age === undefined) return;
    this.#ages.delete(name);
    this.#timers.remove(age);
  }

  close(): void {
    for (const name of [...this.#ages.keys()]) this.forget(name);
  }
}

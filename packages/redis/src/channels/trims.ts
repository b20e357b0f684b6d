import { type Clock, type Timed, TimerWheel } from '@pushwire/core/backplanes';
import { slack } from '../scripts/state';

/** The most channels whose trims wait. Redis deletes the logs of others a little later. */
export const maxTrims = 10_000;

class Trim implements Timed {
  lastAppend = 0;

  constructor(
    readonly channel: string,
    readonly age: number,
    readonly owner: Trims,
  ) {}

  tick(now: number): number | undefined {
    this.owner.trim(this.channel);
    const due = this.lastAppend + this.age * slack;
    if (due > now) return due - now;
    this.owner.forget(this.channel);
    return undefined;
  }
}

/**
 * Deletes messages that have become too old from logs that nobody appends to any more. It is needed
 * only for messages that are kept for a shorter time than their log.
 */
export class Trims {
  readonly #timers: TimerWheel;
  readonly #trims = new Map<string, Trim>();

  constructor(
    readonly clock: Clock,
    readonly trim: (channel: string) => void,
  ) {
    this.#timers = new TimerWheel(clock);
  }

  /** @param age milliseconds to keep the message. */
  appended(channel: string, age: number): void {
    let trim = this.#trims.get(channel);
    if (trim === undefined) {
      if (this.#trims.size >= maxTrims) return;
      this.#trims.set(channel, (trim = new Trim(channel, age, this)));
      this.#timers.add(trim, age * slack);
    }
    trim.lastAppend = this.clock.now();
  }

  forget(channel: string): void {
    this.#trims.delete(channel);
  }

  close(): void {
    for (const trim of this.#trims.values()) this.#timers.remove(trim);
    this.#trims.clear();
  }
}

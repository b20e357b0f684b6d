import type { Clock } from './clock';
import { type Timed, TimedList } from './timed-list';

export type { Timed };

/** The longest time that a timer of Node can wait, in ms. It waits 1 ms for a longer one. */
const longestWait = 2 ** 31 - 1;

/**
 * One timer for any number of rare events, such as heartbeats of connections and ages of logs. A
 * tick is never early, and late by at most {@link grain} ms. Ticks that are due within the same
 * grain wake the process once.
 *
 * @example
 * ```ts
 * import { type Clock, TimerWheel } from '@pushwire/core/backplanes';
 *
 * function checkEverySecond(clock: Clock, isUp: () => boolean) {
 *   const timers = new TimerWheel(clock);
 *   timers.add({ tick: () => (isUp() ? undefined : 1000) }, 1000);
 * }
 * ```
 */
export class TimerWheel {
  readonly #slots = new Map<number, TimedList>();
  /** The slot that the clock's timer waits for. */
  #nextDue = Number.POSITIVE_INFINITY;
  #cancel: (() => void) | undefined;

  /** @param grain the width of a slot in ms. */
  constructor(
    readonly clock: Clock,
    readonly grain = 100,
  ) {}

  get size(): number {
    let size = 0;
    for (const slot of this.#slots.values()) size += slot.size;
    return size;
  }

  /**
   * Calls `tick` after `delay` ms, and again after each delay that it returns. A second call for
   * the same object replaces the first.
   *
   * @param now the time on the clock. It is read by default.
   */
  add(timed: Timed, delay: number, now = this.clock.now()): void {
    this.remove(timed);
    const due = Math.ceil((now + Math.max(1, delay)) / this.grain);
    let slot = this.#slots.get(due);
    if (slot === undefined) this.#slots.set(due, (slot = new TimedList()));
    slot.add(timed);
    if (due < this.#nextDue) this.#schedule(due);
  }

  remove(timed: Timed): void {
    timed.slot?.remove(timed);
  }

  #schedule(due: number): void {
    this.#cancel?.();
    this.#nextDue = due;
    const wait = Math.min(longestWait, Math.max(0, due * this.grain - this.clock.now()));
    this.#cancel = this.clock.after(wait, () => this.#turn());
  }

  #turn(): void {
    this.#nextDue = Number.POSITIVE_INFINITY;
    this.#cancel = undefined;
    const now = this.clock.now();
    const reached = Math.floor(now / this.grain);
    for (const [due, slot] of this.#slots) {
      if (due > reached) continue;
      this.#slots.delete(due);
      for (let timed = slot.shift(); timed; timed = slot.shift()) {
        const next = timed.tick(now);
        if (next !== undefined) this.add(timed, next);
      }
    }
    let next = Number.POSITIVE_INFINITY;
    for (const due of this.#slots.keys()) next = Math.min(next, due);
    if (next < this.#nextDue) this.#schedule(next);
  }
}

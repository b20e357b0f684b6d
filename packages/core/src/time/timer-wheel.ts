import type { Clock } from './clock';

/** Something that wants a look from time to time. */
export interface Timed {
  /** @returns milliseconds until the next look, or `undefined` for none. */
  tick(now: number): number | undefined;
}

/**
 * One timer for any number of things that happen seldom: heartbeats of connections, the ageing of logs. A look comes up
 * to {@link grain} ms late, never early, and only the grains in which something is due wake the process.
 */
export class TimerWheel {
  readonly #slots = new Map<number, Set<Timed>>();
  readonly #slotOf = new Map<Timed, Set<Timed>>();
  #armed = Number.POSITIVE_INFINITY;
  #disarm: (() => void) | undefined;

  constructor(
    readonly clock: Clock,
    readonly grain = 100,
  ) {}

  get size(): number {
    return this.#slotOf.size;
  }

  /** Visits once after `delay` ms, and then as the visits say. A second call moves the date. */
  add(timed: Timed, delay: number): void {
    this.remove(timed);
    const due = Math.ceil((this.clock.now() + Math.max(1, delay)) / this.grain);
    let slot = this.#slots.get(due);
    if (slot === undefined) this.#slots.set(due, (slot = new Set()));
    slot.add(timed);
    this.#slotOf.set(timed, slot);
    if (due < this.#armed) this.#arm(due);
  }

  remove(timed: Timed): void {
    this.#slotOf.get(timed)?.delete(timed);
    this.#slotOf.delete(timed);
  }

  #arm(due: number): void {
    this.#disarm?.();
    this.#armed = due;
    this.#disarm = this.clock.after(Math.max(0, due * this.grain - this.clock.now()), () => this.#turn());
  }

  #turn(): void {
    this.#armed = Number.POSITIVE_INFINITY;
    this.#disarm = undefined;
    const now = this.clock.now();
    const reached = Math.floor(now / this.grain);
    for (const [due, slot] of this.#slots) {
      if (due > reached) continue;
      this.#slots.delete(due);
      for (const timed of slot) {
        this.#slotOf.delete(timed);
        const next = timed.tick(now);
        if (next !== undefined) this.add(timed, next);
      }
    }
    let first = Number.POSITIVE_INFINITY;
    for (const due of this.#slots.keys()) first = Math.min(first, due);
    if (first < this.#armed) this.#arm(first);
  }
}

import type { Clock } from './clock';

/** Something that wants a look from time to time. */
export interface Visited {
  /** @returns milliseconds until the next look, or `undefined` for none. */
  visit(now: number): number | undefined;
}

/**
 * One timer for any number of things that happen seldom: heartbeats of connections, the ageing of logs. A look comes up
 * to {@link grain} ms late, never early, and only the grains in which something is due wake the process.
 */
export class Wheel {
  readonly #slots = new Map<number, Set<Visited>>();
  readonly #slotOf = new Map<Visited, Set<Visited>>();
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
  add(visited: Visited, delay: number): void {
    this.remove(visited);
    const due = Math.ceil((this.clock.now() + Math.max(1, delay)) / this.grain);
    let slot = this.#slots.get(due);
    if (slot === undefined) this.#slots.set(due, (slot = new Set()));
    slot.add(visited);
    this.#slotOf.set(visited, slot);
    if (due < this.#armed) this.#arm(due);
  }

  remove(visited: Visited): void {
    this.#slotOf.get(visited)?.delete(visited);
    this.#slotOf.delete(visited);
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
      for (const visited of slot) {
        this.#slotOf.delete(visited);
        const next = visited.visit(now);
        if (next !== undefined) this.add(visited, next);
      }
    }
    let first = Number.POSITIVE_INFINITY;
    for (const due of this.#slots.keys()) first = Math.min(first, due);
    if (first < this.#armed) this.#arm(first);
  }
}

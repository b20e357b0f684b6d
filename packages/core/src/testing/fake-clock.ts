import type { Clock } from '../time/clock';

/**
 * A clock that stands still until a test moves it.
 *
 * @example
 * ```ts
 * import { createHub } from '@pushwire/core';
 * import { FakeClock } from '@pushwire/core/testing';
 *
 * const clock = new FakeClock();
 * const hub = createHub({ clock, heartbeat: 15_000 });
 * clock.advance(15_000); // every open stream gets a heartbeat
 * ```
 */
export class FakeClock implements Clock {
  #now: number;
  #soon: (() => void)[] = [];
  readonly #timers = new Set<{ readonly due: number; readonly act: () => void }>();

  /** @param start the first result of `now()`, in ms. Defaults to 1000000. */
  constructor(start = 1_000_000) {
    this.#now = start;
  }

  readonly now = (): number => this.#now;

  soon(act: () => void): void {
    this.#soon.push(act);
  }

  after(ms: number, act: () => void): () => void {
    const timer = { due: this.#now + ms, act };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Ends the current turn of the event loop: calls all functions that were passed to `soon()`. */
  turn(): void {
    while (this.#soon.length > 0) {
      const acts = this.#soon;
      this.#soon = [];
      for (const act of acts) act();
    }
  }

  /** Moves on by `ms` milliseconds. All functions that are due in this time are called in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    this.turn();
    for (let next = this.#nextUntil(end); next; next = this.#nextUntil(end)) {
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.due);
      next.act();
      this.turn();
    }
    this.#now = end;
  }

  #nextUntil(end: number): { readonly due: number; readonly act: () => void } | undefined {
    return [...this.#timers].filter(({ due }) => due <= end).sort((a, b) => a.due - b.due)[0];
  }
}

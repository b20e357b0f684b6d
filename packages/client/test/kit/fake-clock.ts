import type { Clock } from '../../src/environment/clock';

/** A clock that stands still until a test advances it. */
export class FakeClock implements Clock {
  #now = 1_000_000;
  readonly #timers = new Set<{ readonly due: number; readonly act: () => void }>();

  readonly now = (): number => this.#now;

  /** The number of timers that have not fired. */
  get pending(): number {
    return this.#timers.size;
  }

  readonly after = (ms: number, act: () => void): (() => void) => {
    const timer = { due: this.#now + ms, act };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** Advances the time, and fires the timers that become due in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(({ due }) => due <= end).sort((a, b) => a.due - b.due);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.due);
      next.act();
    }
    this.#now = end;
  }
}

import type { Clock } from '../../src/environment/clock';

/** A clock that stands still until it is told to move. */
export class FakeClock implements Clock {
  #now = 1_000_000;
  readonly #timers = new Set<{ readonly due: number; readonly act: () => void }>();

  readonly now = (): number => this.#now;

  /** Timers that have not fired. */
  get pending(): number {
    return this.#timers.size;
  }

  readonly after = (ms: number, act: () => void): (() => void) => {
    const timer = { due: this.#now + ms, act };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** Moves on; everything that is due on the way happens in its order. */
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

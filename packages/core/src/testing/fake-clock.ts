import type { Clock } from '../time/clock';

/** A clock that stands still until it is told to move. Give it to `createHub({ clock })`. */
export class FakeClock implements Clock {
  #now: number;
  #soon: (() => void)[] = [];
  readonly #timers = new Set<{ readonly due: number; readonly act: () => void }>();

  /** @param start what `now()` says at first, in ms. Default 1,000,000. */
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

  /** Ends the current turn of the event loop: what was put off until then happens now. */
  turn(): void {
    while (this.#soon.length > 0) {
      const acts = this.#soon;
      this.#soon = [];
      for (const act of acts) act();
    }
  }

  /** Moves on by `ms` milliseconds; everything that is due on the way happens in its order. */
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

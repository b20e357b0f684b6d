import type { Clock } from '../time/clock';

/** Members that leave when their grace is over, with one timer for all. */
export class LeaveQueue {
  /** The times at which they leave. The first one comes first. */
  readonly #due = new Map<string, number>();
  #cancel: (() => void) | undefined;

  /** @param grace milliseconds until a member leaves. */
  constructor(
    readonly clock: Clock,
    readonly grace: number,
    readonly leave: (id: string) => void,
  ) {}

  add(id: string): void {
    if (this.grace === 0) this.leave(id);
    else {
      this.#due.set(id, this.clock.now() + this.grace);
      this.#cancel ??= this.clock.after(this.grace, () => this.#turn());
    }
  }

  remove(id: string): void {
    this.#due.delete(id);
  }

  stop(): void {
    this.#cancel?.();
    this.#due.clear();
  }

  #turn(): void {
    this.#cancel = undefined;
    const now = this.clock.now();
    for (const [id, due] of this.#due) {
      if (due > now) {
        this.#cancel = this.clock.after(due - now, () => this.#turn());
        return;
      }
      this.#due.delete(id);
      this.leave(id);
    }
  }
}

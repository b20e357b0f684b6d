import type { Clock } from '@pushwire/core/backplanes';

/** Those who wait for a change, each for a limited time. */
export class Waits {
  readonly #clock: Clock;
  readonly #wakes = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Settles at the next change, or after so many milliseconds, or when `signal` fires. */
  wait(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#wakes.delete(wake);
        signal?.removeEventListener('abort', wake);
        cancel();
        resolve();
      };
      const cancel = this.#clock.after(ms, wake);
      this.#wakes.add(wake);
      signal?.addEventListener('abort', wake, { once: true });
      if (signal?.aborted) wake();
    });
  }

  wakeAll(): void {
    for (const wake of [...this.#wakes]) wake();
  }
}

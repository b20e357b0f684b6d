import type { Clock } from '@pushwire/core/backplanes';
import { systemClock } from '../../packages/core/src/time/clock';

/** The clock of a process that can be stopped for a while, or for ever, in which it does nothing. */
export class PausableClock implements Clock {
  #waiting: (() => void)[] | undefined;

  now(): number {
    return systemClock.now();
  }

  soon(act: () => void): void {
    systemClock.soon(() => this.#run(act));
  }

  after(ms: number, act: () => void): () => void {
    let isCanceled = false;
    const cancel = systemClock.after(ms, () => this.#run(() => isCanceled || act()));
    return () => {
      isCanceled = true;
      cancel();
    };
  }

  pause(): void {
    this.#waiting ??= [];
  }

  /** All that was due is late now. */
  resume(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const act of waiting) act();
  }

  #run(act: () => void): void {
    if (this.#waiting) this.#waiting.push(act);
    else act();
  }
}

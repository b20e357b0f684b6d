import type { Clock } from '@pushwire/core/backplanes';

/** Milliseconds between two looks at the clock. */
const beat = 500;

/** The lateness of a look, in ms, that shows that this process was paused. */
const pause = 1500;

/**
 * Milliseconds after a pause in which no process is taken for dead: their calls have timed out
 * meanwhile, and they connect again before they say that they are alive.
 */
const patience = 6000;

/** Notices that this process was paused, so that it could not hear from others. */
export class Awake {
  #seen = 0;
  #patientUntil = 0;
  #cancel: (() => void) | undefined;

  constructor(readonly clock: Clock) {}

  /** True while it is sure that who has said nothing was silent. */
  get isSure(): boolean {
    if (this.#cancel) this.#look();
    return this.clock.now() >= this.#patientUntil;
  }

  /** Begins to look at the clock. */
  watch(): void {
    if (this.#cancel) return;
    this.#seen = this.clock.now();
    this.#wait();
  }

  rest(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #wait(): void {
    this.#cancel = this.clock.after(beat, () => {
      this.#look();
      this.#wait();
    });
  }

  #look(): void {
    const now = this.clock.now();
    if (now - this.#seen > beat + pause) this.#patientUntil = now + patience;
    this.#seen = now;
  }
}

import type { LogLimits, StateLimits } from '@pushwire/core/backplanes';

/**
 * The limits of a log that begins. Only the workers know them, so each call that may begin a log
 * brings them.
 */
export class CallLimits {
  #limits: LogLimits | StateLimits | undefined;

  /** Does the work of a call, which asks for limits in the same step. */
  during<T>(limits: LogLimits | StateLimits | undefined, work: () => T): T {
    const outer = this.#limits;
    this.#limits = limits;
    try {
      return work();
    } finally {
      this.#limits = outer;
    }
  }

  ofLog(): LogLimits {
    return this.#given as LogLimits;
  }

  ofState(): StateLimits {
    return this.#given as StateLimits;
  }

  get #given(): LogLimits | StateLimits {
    if (this.#limits === undefined) throw new Error('A call has no limits for the log that it begins');
    return this.#limits;
  }
}

import type { BackplaneHealth, BackplaneHost } from '@pushwire/core/backplanes';
import type { Commands } from './commands';
import { findEviction } from './eviction';

/** Tells the app whether Redis can be reached, and the first of a row of failures. */
export class Health {
  readonly #host: BackplaneHost;
  #state: BackplaneHealth;
  #hasReported = false;
  #hasLookedAtEviction = false;
  #closed = false;

  constructor(host: BackplaneHost) {
    this.#host = host;
    this.#state = { reachable: false, since: host.clock.now() };
  }

  get state(): BackplaneHealth {
    return this.#state;
  }

  up(): void {
    this.#setReachable(true);
    this.#hasReported = false;
  }

  down(error: unknown): void {
    this.#setReachable(false);
    this.failed(error);
  }

  /** Reports the first error since Redis was last connected. */
  failed(error: unknown): void {
    if (!this.#hasReported && !this.#closed) this.#host.report(error, 'Redis cannot be reached, or commands fail');
    this.#hasReported = true;
  }

  /**
   * Warns once of a policy under which messages vanish, which makes gaps.
   *
   * @param key any key.
   */
  lookAtEviction(commands: Commands, key: string): void {
    if (this.#hasLookedAtEviction) return;
    this.#hasLookedAtEviction = true;
    const reported = findEviction(commands, key).then((policy) => {
      if (policy === undefined) return;
      const error = new Error(`The maxmemory-policy of Redis is ${policy}. Set it to noeviction.`);
      this.#host.report(error, 'Redis evicts messages when it is full, which makes gaps');
    });
    reported.catch((error) => this.failed(error));
  }

  /** Nothing is reported from then on. */
  close(): void {
    this.#closed = true;
  }

  #setReachable(reachable: boolean): void {
    if (this.#state.reachable !== reachable) this.#state = { reachable, since: this.#host.clock.now() };
  }
}

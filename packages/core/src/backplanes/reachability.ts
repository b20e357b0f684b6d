import type { BackplaneHealth, BackplaneHost } from './backplane';

/**
 * Whether a backplane can be reached, and since when. It reports the first of a row of failures to
 * the app.
 *
 * @example
 * ```ts
 * import { type BackplaneHost, Reachability } from '@pushwire/core/backplanes';
 *
 * function watch(host: BackplaneHost) {
 *   const reachability = new Reachability(host, 'The database cannot be reached');
 *   reachability.up();
 *   return reachability.state; // { reachable: true, since: 1764316800000 }
 * }
 * ```
 */
export class Reachability {
  #state: BackplaneHealth;
  #hasReported = false;
  #closed = false;

  /** @param sentence the message of the reports. */
  constructor(
    readonly host: Pick<BackplaneHost, 'clock' | 'report'>,
    readonly sentence: string,
  ) {
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

  /** Reports the first error since the last {@link up}. */
  failed(error: unknown): void {
    if (!this.#hasReported && !this.#closed) this.host.report(error, this.sentence);
    this.#hasReported = true;
  }

  /** Nothing is reported from then on. */
  close(): void {
    this.#closed = true;
  }

  #setReachable(reachable: boolean): void {
    if (this.#state.reachable !== reachable) this.#state = { reachable, since: this.host.clock.now() };
  }
}

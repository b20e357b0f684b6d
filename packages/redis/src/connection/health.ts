import { type BackplaneHost, Reachability } from '@pushwire/core/backplanes';
import type { Commands } from './commands';
import { findEviction } from './eviction';

/** Tells the app whether Redis can be reached, and the first of a row of failures. */
export class Health extends Reachability {
  #hasLookedAtEviction = false;

  constructor(host: Pick<BackplaneHost, 'clock' | 'report'>) {
    super(host, 'Redis cannot be reached, or commands fail');
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
      this.host.report(error, 'Redis evicts messages when it is full, which makes gaps');
    });
    reported.catch((error) => this.failed(error));
  }
}

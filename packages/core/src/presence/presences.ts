import { randomBytes } from 'node:crypto';
import type { Backplane } from '../backplanes/backplane';
import type { PresenceLimits } from '../backplanes/presence-limits';
import type { StateStore } from '../backplanes/state-store';
import type { Message } from '../log/message';
import type { Clock } from '../time/clock';
import { LocalPresence } from './local-presence';

/** The parts of a hub that its presences use. */
export interface PresencesHost {
  /** @throws PushwireError `hub-closed`. */
  readonly backplane: Backplane;
  readonly isClosed: boolean;
  readonly clock: Clock;
  readonly observer: { failed(error: unknown, message: string): void };
}

/** A member as the store has it. */
export interface StoredMember {
  readonly id: string;
  /** JSON text. */
  readonly json: string;
}

/** The members that are present by the connections of this process, by the names of logs. */
export class Presences {
  readonly #host: PresencesHost;
  readonly #limitsOf: (log: string) => PresenceLimits;
  readonly #local = new Map<string, LocalPresence>();
  readonly #holder = randomBytes(9).toString('base64url');

  constructor(host: PresencesHost, limitsOf: (log: string) => PresenceLimits) {
    this.#host = host;
    this.#limitsOf = limitsOf;
  }

  limitsOf(log: string): PresenceLimits {
    return this.#limitsOf(log);
  }

  /** @throws TypeError for an open hub whose backplane has no states. */
  check(): void {
    if (!this.#host.isClosed) this.#store;
  }

  /**
   * Adds a connection of a member.
   *
   * @returns a function that takes it away again.
   * @throws PushwireError `hub-closed`.
   */
  join(log: string, message: Message): () => void {
    const store = this.#store;
    const local = this.#local.get(log) ?? this.#begin(log, store);
    local.join(message);
    let isThere = true;
    return () => {
      if (isThere) local.part(message.key as string);
      isThere = false;
    };
  }

  /**
   * Changes the data of a member of any process.
   *
   * @returns true where there is such a member.
   * @throws PushwireError `hub-closed`, `backplane-unavailable` or `backplane-unconfirmed`.
   */
  async update(log: string, message: Message): Promise<boolean> {
    const store = this.#store;
    return (this.#local.get(log) ?? this.#begin(log, store)).update(message);
  }

  async members(log: string): Promise<readonly StoredMember[]> {
    const { entries } = await this.#store.read(log);
    return entries.map(({ message }) => ({ id: message.key as string, json: message.body as string }));
  }

  async count(log: string): Promise<number> {
    return this.#store.count(log);
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#local.values()].map((local) => local.close()));
  }

  get #store(): StateStore {
    const { states } = this.#host.backplane;
    if (states === undefined) throw new TypeError('The backplane of this hub has no states.');
    return states;
  }

  #begin(log: string, store: StateStore): LocalPresence {
    const { clock, observer } = this.#host;
    const local = new LocalPresence(log, this.#limitsOf(log), {
      clock,
      holder: this.#holder,
      store,
      failed: (error, message) => observer.failed(error, message),
      onEmpty: () => {
        if (this.#local.get(log) === local) this.#local.delete(log);
      },
    });
    this.#local.set(log, local);
    return local;
  }
}

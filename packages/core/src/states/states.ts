import type { Backplane } from '../backplanes/backplane';
import type { StateLimits } from '../backplanes/state-limits';
import type { StateStore, StateWrite } from '../backplanes/state-store';
import { formatPosition } from '../log/cursor';
import type { Clock } from '../time/clock';
import { CallOrder } from './call-order';
import type { Change } from './change';
import { Throttle } from './throttle';
import { Writes, type WritesHost } from './writes';

/** The parts of a hub that its states use. */
export interface StatesHost extends WritesHost {
  /** @throws PushwireError `hub-closed`. */
  readonly backplane: Backplane;
  readonly isClosed: boolean;
  readonly clock: Clock;
}

/** A value as its state has it: JSON text. */
export interface StoredValue {
  readonly key: string;
  readonly json: string;
  readonly id: string;
}

/** Writes and reads the states of a hub, by the names of their logs. */
export class States {
  readonly #host: StatesHost;
  readonly #limitsOf: (log: string) => StateLimits;
  readonly #writes: Writes;
  /** Those of states of which a key was written within its interval. */
  readonly #throttles = new Map<string, Throttle>();
  /** Those of states of which a patch is under way. */
  readonly #orders = new Map<string, CallOrder>();
  constructor(host: StatesHost, limitsOf: (log: string) => StateLimits) {
    this.#host = host;
    this.#limitsOf = limitsOf;
    this.#writes = new Writes(host, limitsOf);
  }

  /** @throws TypeError for an open hub whose backplane has no states. */
  check(): void {
    if (!this.#host.isClosed) this.#store;
  }

  /**
   * Changes a key. Without a condition, it may wait for its time.
   *
   * @returns the id of the write, or a promise of it where it has to be waited for.
   * @throws PushwireError if the write was not done. A promise rejects with it.
   */
  change(log: string, key: string, change: Change, ifAt: StateWrite['ifAt']): string | Promise<string> {
    const throttle = this.#throttles.get(log);
    // A change that waits was there first.
    if (ifAt !== undefined) throttle?.flush(key);
    const { every } = this.#limitsOf(log);
    if (ifAt !== undefined || every === 0) return this.#change(log, key, change, ifAt);
    return (throttle ?? this.#begin(log, every)).change(key, change);
  }

  /** Writes at once all that waits for its time. Resolves when no patch is under way. */
  async close(): Promise<void> {
    for (const throttle of this.#throttles.values()) throttle.flush();
    await Promise.all([...this.#orders.values()].map((order) => order.all(() => {})));
  }

  async read(log: string, key?: string): Promise<readonly StoredValue[]> {
    const { epoch, entries } = await this.#inOrder(log, key, (store) => store.read(log, key));
    return entries.map(({ offset, message }) => ({
      key: message.key as string,
      json: message.body as string,
      id: formatPosition({ epoch, offset }),
    }));
  }

  /** @returns the id of the beginning. */
  async clear(log: string): Promise<string> {
    this.#throttles.get(log)?.flush();
    return formatPosition(await this.#inOrder(log, undefined, (store) => store.clear(log)));
  }

  get #store(): StateStore {
    const { states } = this.#host.backplane;
    if (states === undefined) throw new TypeError('The backplane of this hub has no states.');
    return states;
  }

  #begin(log: string, every: number): Throttle {
    const write = (key: string, change: Change) => this.#change(log, key, change, undefined);
    const throttle = new Throttle(this.#host.clock, every, write, () => this.#throttles.delete(log));
    this.#throttles.set(log, throttle);
    return throttle;
  }

  #change(log: string, key: string, change: Change, ifAt: StateWrite['ifAt']): string | Promise<string> {
    // A hub that closes meanwhile finishes what has begun.
    const store = this.#store;
    const order = this.#orders.get(log);
    if (order) return order.change(key, change, ifAt);
    if (change.patches.length === 0) return this.#writes.write(store, log, key, change, ifAt);
    const begun = new CallOrder(
      (name, next, condition) => this.#writes.write(store, log, name, next, condition),
      () => this.#orders.delete(log),
    );
    const written = begun.change(key, change, ifAt);
    if (!begun.isIdle) this.#orders.set(log, begun);
    return written;
  }

  #inOrder<T>(log: string, key: string | undefined, act: (store: StateStore) => T | Promise<T>): T | Promise<T> {
    const store = this.#store;
    const order = this.#orders.get(log);
    if (order === undefined) return act(store);
    return key === undefined ? order.all(() => act(store)) : order.read(key, () => act(store));
  }
}

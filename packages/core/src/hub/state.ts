import { toJson } from '../log/json-text';
import { stateLogName } from '../log/log-name';
import { checkKey, deletionMessage, valueMessage } from '../log/state-message';
import type { Change } from '../states/change';
import { conditionOf, type StateWriteOptions } from '../states/write-options';
import type { Engine } from './engine';

/** A key of a state with its newest value. */
export interface StateEntry<Value = unknown> {
  readonly key: string;
  readonly value: Value;
  /** The id of the write that set it. */
  readonly id: string;
}

/** The type of a JSON Merge Patch (RFC 7396): `null` removes a member. */
export type Patch<Value> = Value extends readonly unknown[]
  ? Value
  : Value extends object
    ? { [Name in keyof Value]?: Patch<Value[Name]> | null }
    : Value;

/** A state with any values. */
// biome-ignore lint/suspicious/noExplicitAny: no type of values is wider than all others
export type AnyState = State<any>;

let readEngine: (state: AnyState) => Engine;

/**
 * Keys and their newest values. A client without a cursor gets all values, and then what changes;
 * one with a cursor gets the newest value of each key that has changed since. A slow client skips
 * values that newer ones have replaced.
 *
 * States are values: `hub.state(name)` costs next to nothing, and two states of one hub with the
 * same name are the same state.
 *
 * @typeParam Value the values, checked by TypeScript only. Share it with the client.
 */
export class State<Value = unknown> {
  static {
    readEngine = (state) => state.#engine;
  }

  readonly #engine: Engine;
  readonly #log: string;

  /** @internal Use `hub.state(name)`. */
  constructor(
    engine: Engine,
    readonly name: string,
  ) {
    this.#engine = engine;
    this.#log = stateLogName(name);
    // A backplane without states is found here, and not when a client comes.
    engine.states.check();
  }

  /**
   * Gives a key a value, which JSON must be able to hold.
   *
   * @returns the id of the write. Nothing needs to await it.
   * @throws TypeError at once for a key that is no string of 1 to 255 characters, for a value that
   * JSON cannot hold, or for an option that does not fit.
   * @throws PushwireError the promise rejects with `value-moved` for an `ifId` that does not hold,
   * with `message-too-large` for more than `valueBytes`, with `state-full` for more than `keys` or
   * `bytes`, with `hub-closed`, and with `hub-full` for more than `limits.logBytes`. With a
   * backplane also with `backplane-unavailable` or `backplane-unconfirmed`.
   * @example
   * ```ts
   * import { createHub } from '@pushwire/core';
   *
   * const seats = createHub().state<{ user: string }>('seats');
   * // Of two that want the seat, one gets it.
   * await seats.set('12A', { user: 'anna' }, { ifId: null });
   * ```
   */
  set(key: string, value: Value, options?: StateWriteOptions): Promise<string> {
    checkKey(key);
    return this.#change('set()', key, { message: valueMessage(key, value), patches: [] }, options);
  }

  /**
   * Changes a part of a value by a JSON Merge Patch (RFC 7396): an object changes the members that
   * it names, and `null` removes one. A key without a value gets the patch.
   *
   * @returns the id of the write. Nothing needs to await it.
   * @throws TypeError and PushwireError as `set()` does. Where others change the key all the time,
   * with `value-moved`.
   * @example
   * ```ts
   * import { createHub } from '@pushwire/core';
   *
   * const devices = createHub().state<{ on: boolean; level?: number }>('devices');
   * await devices.set('lamp', { on: true, level: 3 });
   * await devices.patch('lamp', { on: false, level: null });
   * ```
   */
  patch(key: string, patch: Patch<Value>, options?: StateWriteOptions): Promise<string> {
    checkKey(key);
    const checked = JSON.parse(toJson(patch, 'patch'));
    return this.#change('patch()', key, { message: undefined, patches: [checked] }, options);
  }

  /**
   * Deletes a key and its value. It does nothing where there is none.
   *
   * @returns the id of the write, or of the newest one before. Nothing needs to await it.
   * @throws TypeError and PushwireError as `set()` does.
   */
  delete(key: string, options?: StateWriteOptions): Promise<string> {
    checkKey(key);
    return this.#change('delete()', key, { message: deletionMessage(key), patches: [] }, options);
  }

  /**
   * Deletes all keys in one step. Clients get everything anew, which is nothing at first.
   *
   * @returns the id of the beginning. Nothing needs to await it.
   * @throws PushwireError the promise rejects with `hub-closed`, `backplane-unavailable` or
   * `backplane-unconfirmed`.
   */
  clear(): Promise<string> {
    return this.#optional('clear()', () => this.#engine.states.clear(this.#log));
  }

  /**
   * Returns the newest value of a key with its id, or `undefined` where there is none. The value is
   * a copy of its own.
   *
   * @throws TypeError at once for a key that no state may have.
   * @throws PushwireError the promise rejects with `hub-closed`, `backplane-unavailable` or
   * `backplane-unconfirmed`.
   * @example
   * ```ts
   * import { createHub } from '@pushwire/core';
   *
   * const counters = createHub().state<number>('counters');
   * const { value = 0, id = null } = (await counters.get('visits')) ?? {};
   * await counters.set('visits', value + 1, { ifId: id });
   * ```
   */
  get(key: string): Promise<StateEntry<Value> | undefined> {
    checkKey(key);
    return this.#optional('get()', async () => (await this.#read(key))[0]);
  }

  /**
   * Returns all keys with their values, in the order in which they were set. The values are copies
   * of their own.
   *
   * @throws PushwireError the promise rejects as that of `get()` does.
   */
  entries(): Promise<StateEntry<Value>[]> {
    return this.#optional('entries()', () => this.#read());
  }

  async #read(key?: string): Promise<StateEntry<Value>[]> {
    const values = await this.#engine.states.read(this.#log, key);
    return values.map(({ json, ...known }) => ({ ...known, value: JSON.parse(json) }));
  }

  #change(call: string, key: string, change: Change, options: StateWriteOptions | undefined): Promise<string> {
    const ifAt = conditionOf(options);
    try {
      const written = this.#engine.states.change(this.#log, key, change, ifAt);
      // Only a promise that may reject needs to be watched.
      return typeof written === 'string' ? Promise.resolve(written) : this.#engine.unawaited.optional(call, written);
    } catch (error) {
      return this.#engine.unawaited.optional(call, Promise.reject(error));
    }
  }

  #optional<T>(call: string, act: () => Promise<T>): Promise<T> {
    return this.#engine.unawaited.optional(call, act());
  }
}

/** The engine of the hub that a state belongs to. */
export function engineOfState(state: AnyState): Engine {
  return readEngine(state);
}

import { isSame } from './json.js';

/** The values that the app sees. A value that comes again unchanged stays the same object. */
export class Shown<Value> {
  #values: ReadonlyMap<string, Value>;
  /** The same map, unless the app may have it: then it must not change. */
  #own: Map<string, Value> | undefined;

  constructor(values: ReadonlyMap<string, Value> = new Map()) {
    this.#values = values;
  }

  get(key: string): Value | undefined {
    return this.#values.get(key);
  }

  /** All values, as a map that does not change. */
  get snapshot(): ReadonlyMap<string, Value> {
    this.#own = undefined;
    return this.#values;
  }

  /**
   * Shows the values that some keys have now.
   *
   * @param current returns `undefined` for a key that has none.
   * @returns the keys whose values differ from those before.
   */
  update(keys: Iterable<string>, current: (key: string) => Value | undefined): ReadonlySet<string> {
    const changed = new Set<string>();
    for (const key of keys) {
      const value = current(key);
      if (isSame(value, this.#values.get(key))) continue;
      this.#values = this.#own ??= new Map(this.#values);
      if (value === undefined) this.#own.delete(key);
      else this.#own.set(key, value);
      changed.add(key);
    }
    return changed;
  }
}

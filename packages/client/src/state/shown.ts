import { isSame } from './json.js';

/** The values that the app sees. A value that comes again unchanged stays the same object. */
export class Shown<Value> {
  #values: Map<string, Value>;
  /** True if the app may have the map, which must not change then. */
  #isOut = false;

  constructor(values: ReadonlyMap<string, Value> = new Map()) {
    this.#values = new Map(values);
  }

  get(key: string): Value | undefined {
    return this.#values.get(key);
  }

  /** All values, as a map that does not change. */
  get snapshot(): ReadonlyMap<string, Value> {
    this.#isOut = true;
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
      if (this.#isOut) this.#values = new Map(this.#values);
      this.#isOut = false;
      if (value === undefined) this.#values.delete(key);
      else this.#values.set(key, value);
      changed.add(key);
    }
    return changed;
  }
}

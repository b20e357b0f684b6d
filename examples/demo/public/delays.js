import { shown } from './rate.js';

/** How many delays the figure is the median of. */
const few = 9;

/** How long messages were under way, in ms, over the last minute. */
export class Delays {
  #times = [];
  #values = [];

  add(ms, at = Date.now()) {
    this.#times.push(at / 1000);
    this.#values.push(ms);
    while (this.#times[0] < at / 1000 - shown) {
      this.#times.shift();
      this.#values.shift();
    }
  }

  columns() {
    return [this.#times, this.#values];
  }

  /** Of the newest; `undefined` while there are none. */
  get median() {
    const newest = this.#values.slice(-few).sort((a, b) => a - b);
    return newest[Math.floor(newest.length / 2)];
  }

  get range() {
    return this.#values.length > 0 ? [Math.min(...this.#values), Math.max(...this.#values)] : undefined;
  }
}

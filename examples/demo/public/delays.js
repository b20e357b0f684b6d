import { shown } from './rate.js';

/** The number of delays whose median is shown. */
const medianOf = 9;

/** The delays of messages in the last minute, in ms. */
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

  /** The median of the newest delays; `undefined` without any. */
  get median() {
    const newest = this.#values.slice(-medianOf).sort((a, b) => a - b);
    return newest[Math.floor(newest.length / 2)];
  }

  get range() {
    return this.#values.length > 0 ? [Math.min(...this.#values), Math.max(...this.#values)] : undefined;
  }
}

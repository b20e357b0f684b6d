/** Seconds that the charts show. */
export const shown = 60;

/** Counts things per second and in total. */
export class Rate {
  total = 0;
  #perSecond = new Map();

  add(count, at = Date.now()) {
    this.total += count;
    const second = Math.floor(at / 1000);
    this.#perSecond.set(second, (this.#perSecond.get(second) ?? 0) + count);
    for (const old of this.#perSecond.keys()) if (old < second - shown) this.#perSecond.delete(old);
  }

  /** Returns times in seconds since 1970 and their counts, for the last full 60 seconds. */
  columns(at = Date.now()) {
    const last = Math.floor(at / 1000) - 1;
    const times = Array.from({ length: shown }, (_, i) => last - shown + 1 + i);
    return [times, times.map((second) => this.#perSecond.get(second) ?? 0)];
  }
}

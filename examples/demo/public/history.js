import { serverNow } from './server-clock.js';

/** Seconds that the charts show. A little more is kept, so that lines begin outside the picture. */
export const shown = 120;
const kept = shown + 5;

/** The figures of the last two minutes in columns for the charts, and the times of outages. */
export class History {
  times = [];
  outages = [];
  #columns = new Map();

  /** The server's time, in seconds. */
  now() {
    return serverNow() / 1000;
  }

  /** Adds a ping at the time it was sent, even if it came only after a reconnection. */
  add(figures, values) {
    const time = Date.parse(figures.time) / 1000;
    this.times.push(time);
    for (const [name, value] of Object.entries(values)) this.column(name).push(value);
    while (this.times[0] < time - kept) {
      this.times.shift();
      for (const column of this.#columns.values()) column.shift();
    }
  }

  column(name) {
    let column = this.#columns.get(name);
    if (column === undefined) this.#columns.set(name, (column = []));
    return column;
  }

  lost() {
    const start = this.now();
    this.outages = this.outages.filter(({ end }) => end === undefined || end > start - kept);
    this.outages.push({ start, end: undefined });
  }

  back() {
    const outage = this.outages.at(-1);
    if (outage) outage.end ??= this.now();
  }
}

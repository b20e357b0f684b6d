import { serverNow } from './server-clock.js';

/** Seconds that the charts show, and a little more, so that lines begin outside of the picture. */
export const shown = 120;
const kept = shown + 5;

/** The figures of the last two minutes in columns, as the charts want them, and the times without a connection. */
export class History {
  times = [];
  outages = [];
  #columns = new Map();

  /** The server's time, in seconds. */
  now() {
    return serverNow() / 1000;
  }

  /** Takes one ping; what comes on return takes its place by the time at which it was said. */
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

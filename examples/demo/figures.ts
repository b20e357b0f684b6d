import os from 'node:os';
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { NodeIdentity } from './node-identity';

/** What each `ping` tells. Sizes are in bytes, times in milliseconds. */
export interface Figures {
  /** Which process tells this. */
  readonly node: NodeIdentity;
  /** Counts the pings of this process: 1, 2, 3 … */
  readonly n: number;
  /** The server's time, ISO 8601. */
  readonly time: string;
  readonly cpu: {
    /** The share of the machine's processor time that was in use since the last ping, from 0 to 1. */
    readonly busy: number;
    readonly cores: number;
    /** The machine's load average over 1, 5 and 15 minutes; zeros on Windows, which has none. */
    readonly load: readonly number[];
  };
  readonly memory: { readonly process: number; readonly used: number; readonly total: number };
  /** By how much the event loop was late since the last ping. */
  readonly delay: { readonly mean: number; readonly worst: number };
  readonly connections: number;
}

/** How often the event loop's delay is sampled, in ms. */
const resolution = 20;

/** Measures the machine and this process, from one call to the next. */
export class Meter {
  #n = 0;
  #ticks = cpuTicks();
  readonly #delays: IntervalHistogram = monitorEventLoopDelay({ resolution });

  start(): void {
    this.#delays.enable();
  }

  stop(): void {
    this.#delays.disable();
  }

  read(node: NodeIdentity, connections: number): Figures {
    const { max, mean } = this.#delays;
    this.#delays.reset();
    const total = os.totalmem();
    return {
      node,
      n: ++this.#n,
      time: new Date().toISOString(),
      cpu: { busy: this.#busy(), cores: os.cpus().length, load: os.loadavg().map(round) },
      memory: { process: process.memoryUsage.rss(), used: total - os.freemem(), total },
      delay: { mean: lateness(mean), worst: lateness(max) },
      connections,
    };
  }

  #busy(): number {
    const before = this.#ticks;
    const now = (this.#ticks = cpuTicks());
    const all = now.all - before.all;
    return all > 0 ? round(1 - (now.idle - before.idle) / all, 4) : 0;
  }
}

function cpuTicks(): { all: number; idle: number } {
  let all = 0;
  let idle = 0;
  for (const { times } of os.cpus()) {
    all += times.user + times.nice + times.sys + times.idle + times.irq;
    idle += times.idle;
  }
  return { all, idle };
}

/** The histogram holds the nanoseconds between samples, which are never less than their interval; it is NaN while empty. */
function lateness(nanoseconds: number): number {
  return Number.isFinite(nanoseconds) ? Math.max(0, round(nanoseconds / 1e6 - resolution)) : 0;
}

function round(value: number, digits = 2): number {
  return Number(value.toFixed(digits));
}

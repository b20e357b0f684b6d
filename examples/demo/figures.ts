import os from 'node:os';
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { NodeIdentity } from './node-identity';

/** The data of a `ping`. Sizes are in bytes, times in milliseconds. */
export interface Figures {
  /** The process that sends it. */
  readonly node: NodeIdentity;
  /** The number of this process's pings so far: 1, 2, 3 … */
  readonly n: number;
  /** The server's time, ISO 8601. */
  readonly time: string;
  readonly cpu: {
    /** The share of the machine's processor time in use since the last ping, from 0 to 1. */
    readonly busy: number;
    readonly cores: number;
    /** The machine's load average over 1, 5 and 15 minutes. Zeros on Windows, which has none. */
    readonly load: readonly number[];
  };
  readonly memory: { readonly process: number; readonly used: number; readonly total: number };
  /** The event loop's delay since the last ping. */
  readonly delay: { readonly mean: number; readonly worst: number };
  readonly connections: number;
}

/** Milliseconds between samples of the event loop's delay. */
const resolution = 20;

/** Measures the machine and this process between calls of `read`. */
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

/** Converts nanoseconds between samples into milliseconds of delay. Without samples it gets NaN. */
function lateness(nanoseconds: number): number {
  return Number.isFinite(nanoseconds) ? Math.max(0, round(nanoseconds / 1e6 - resolution)) : 0;
}

function round(value: number, digits = 2): number {
  return Number(value.toFixed(digits));
}

import os from 'node:os';
import { type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';

/** Says true things about this process, one sentence at a time. */
export class Facts {
  #collections = 0;
  #collecting = 0;
  readonly #observer = new PerformanceObserver((list) => this.#count(list.getEntries()));

  constructor(readonly framework: string) {}

  start(): void {
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  stop(): void {
    this.#observer.disconnect();
  }

  /** Returns a fact, chosen by a number from 0 to 1. */
  tell(chance: number): string {
    const facts = [this.#uptime, this.#heap, this.#garbage, this.#processor, this.#platform];
    const fact = facts[Math.min(facts.length - 1, Math.floor(chance * facts.length))] as () => string;
    return fact.call(this);
  }

  #uptime(): string {
    return `This process has been up for ${duration(process.uptime())}, the machine for ${duration(os.uptime())}.`;
  }

  #heap(): string {
    const { used_heap_size: used, total_heap_size: total } = getHeapStatistics();
    return `V8 uses ${mebibytes(used)} of a heap of ${mebibytes(total)}.`;
  }

  #garbage(): string {
    return `Garbage collections since the start: ${this.#collections}, in ${this.#collecting.toFixed(1)} ms in total.`;
  }

  #processor(): string {
    const { user, system } = process.cpuUsage();
    return `This process has used ${((user + system) / 1e6).toFixed(2)} s of processor time so far.`;
  }

  #platform(): string {
    return `${this.framework} serves this on Node.js ${process.version}, ${process.platform} ${process.arch}.`;
  }

  #count(entries: readonly PerformanceEntry[]): void {
    this.#collections += entries.length;
    for (const { duration } of entries) this.#collecting += duration;
  }
}

function duration(seconds: number): string {
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

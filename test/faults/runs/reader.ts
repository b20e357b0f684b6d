import { request } from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../../kit/random';
import type { RunNode } from './node-process';
import type { Line, Text } from './words';

/** A message or a gap, as a reader has got it. */
export type Seen = { readonly id: string; readonly data: Text } | { readonly gap: string };

/** Failures after which a reader comes back. */
const passing = /^(backplane-|hub-)/;

/**
 * Reads a run to its end. It changes nodes when its own dies, and leaves some of its own accord. It
 * comes back with the cursor of its last message.
 */
export class RunReader {
  readonly seen: Seen[] = [];
  /** `clean`, `run-lost`, `run-failed` or `run-unknown`. */
  ended: string | undefined;
  endedAt = 0;
  connections = 0;
  /** The node that the reader was on when the run ended. */
  last: RunNode | undefined;
  #isStopped = false;
  #cancel = () => {};

  constructor(
    readonly name: string,
    readonly nodes: readonly RunNode[],
    readonly id: string,
    readonly random: Random,
  ) {}

  async run(): Promise<void> {
    while (this.ended === undefined && !this.#isStopped) {
      const node = this.random.pick(this.nodes);
      if (node.isUp) await this.#read(node);
      await pause(this.random.between(10, 150));
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  get #cursor(): string | undefined {
    const last = this.seen.findLast((item) => 'id' in item);
    return last && 'id' in last ? last.id : undefined;
  }

  #read(node: RunNode): Promise<void> {
    this.connections++;
    this.last = node;
    const cursor = this.#cursor;
    const path = `/${this.id}${cursor ? `?cursor=${encodeURIComponent(cursor)}` : ''}`;
    return new Promise((resolve) => {
      const asking = request({ port: node.readers.port, host: '127.0.0.1', path, agent: false });
      this.#cancel = () => asking.destroy();
      const leaves = this.random.chance(0.3) ? setTimeout(this.#cancel, this.random.between(50, 2000)) : undefined;
      // A node that is paused says nothing, and its readers go elsewhere.
      const watch = setInterval(() => node.isPaused && asking.destroy(), 100);
      const over = () => {
        clearTimeout(leaves);
        clearInterval(watch);
        resolve();
      };
      asking.on('error', over).on('close', over);
      asking.on('response', (response) => {
        response.on('error', () => {});
        createInterface(response)
          .on('line', (line) => this.#take(line))
          .on('error', () => {});
      });
      asking.end();
    });
  }

  #take(text: string): void {
    if (this.ended !== undefined) return;
    let line: Line;
    try {
      line = JSON.parse(text);
    } catch {
      // The connection was cut within the line.
      return;
    }
    if ('gap' in line || 'id' in line) this.seen.push(line);
    else if ('end' in line || !passing.test(line.error)) {
      this.ended = 'end' in line ? line.end : line.error;
      this.endedAt = Date.now();
    }
  }
}

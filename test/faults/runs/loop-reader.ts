import { request } from 'node:http';
import { createInterface } from 'node:readline';
import type { RunNode } from './node-process';
import { type Ending, RunReader } from './reader';
import type { Line } from './words';

/** Failures after which a reader comes back. */
const passing = /^(backplane-|hub-)/;

const endings: Readonly<Record<string, Ending>> = {
  'run-lost': 'lost',
  'run-failed': 'failed',
  'run-unknown': 'unknown',
};

/** Gets what a loop over `run.read()` in a node gets, as lines. */
export class LoopReader extends RunReader {
  protected connect(node: RunNode, signal: AbortSignal): Promise<void> {
    const { cursor } = this;
    const path = `/loop/${this.id}${cursor ? `?cursor=${encodeURIComponent(cursor)}` : ''}`;
    return new Promise((resolve) => {
      const asking = request({ port: node.clients.port, host: '127.0.0.1', path, agent: false, signal });
      asking.on('error', () => resolve()).on('close', resolve);
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
    if ('id' in line) this.cursor = line.id;
    else if ('end' in line) this.finish('clean');
    else if ('error' in line && !passing.test(line.error)) {
      const ending = endings[line.error];
      if (ending === undefined) this.failure ??= `the loop has failed with ${line.error}`;
      this.finish(ending ?? 'unknown');
    }
  }
}

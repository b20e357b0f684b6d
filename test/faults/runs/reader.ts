import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../../kit/random';
import type { RunNode } from './node-process';
import type { Text } from './words';

/** A message or a gap, as a reader has got it. */
export type Seen = { readonly id: string; readonly data: Text } | { readonly gap: string };

/** What a reader was told of the end. A loop that ends without an error does not know more. */
export type Ending = 'completed' | 'stopped' | 'failed' | 'lost' | 'unknown' | 'clean';

/**
 * Reads a run to its end. It changes nodes when its own dies, and leaves some of its own accord. It
 * comes back with the cursor of its last message.
 */
export abstract class RunReader {
  readonly seen: Seen[] = [];
  ended: Ending | undefined;
  endedAt = 0;
  /** The code of a failure, the reason of a stop, and the cursor of the end, if they were told. */
  code: string | undefined;
  reason: string | undefined;
  endCursor: string | undefined;
  /** What was wrong with a connection. */
  failure: string | undefined;
  connections = 0;
  /** The node that the reader was on when the run ended. */
  last: RunNode | undefined;
  cursor: string | undefined;
  protected isStopped = false;
  #leave = () => {};

  constructor(
    readonly name: string,
    readonly nodes: readonly RunNode[],
    readonly id: string,
    readonly random: Random,
  ) {}

  async run(): Promise<void> {
    while (this.ended === undefined && !this.isStopped) {
      const node = this.random.pick(this.nodes);
      if (node.isUp) await this.#read(node);
      await pause(this.random.between(10, 150));
    }
    if (!this.isStopped) await this.lookBack();
  }

  stop(): void {
    this.isStopped = true;
    this.#leave();
  }

  /** Settles when the connection is over. */
  protected abstract connect(node: RunNode, signal: AbortSignal): Promise<void>;

  /** Looks at the run again after its end. */
  protected async lookBack(): Promise<void> {}

  protected finish(ended: Ending): void {
    if (this.ended !== undefined) return;
    this.ended = ended;
    this.endedAt = Date.now();
  }

  async #read(node: RunNode): Promise<void> {
    this.connections++;
    this.last = node;
    const leaving = new AbortController();
    this.#leave = () => leaving.abort();
    const leaves = this.random.chance(0.3) ? setTimeout(this.#leave, this.random.between(50, 2000)) : undefined;
    // A node that is paused says nothing, and its readers go elsewhere.
    const watch = setInterval(() => node.isPaused && leaving.abort(), 100);
    try {
      await this.connect(node, leaving.signal);
    } catch (error) {
      this.failure ??= String(error);
      this.finish('unknown');
    } finally {
      clearTimeout(leaves);
      clearInterval(watch);
    }
  }
}

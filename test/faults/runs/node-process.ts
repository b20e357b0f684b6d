import { FaultyNode, isStall, type NodeStart, openGates } from '../redis/faulty-node';
import type { Stall } from '../redis/stalls';
import type { handlers, NodeSettings } from './node';
import type { ProductionEvent } from './words';

/** Receives what nodes tell of their own accord. */
export interface RunNodeListener {
  onEvent(node: RunNode, life: number, event: ProductionEvent): void;
  onStall(node: RunNode, stall: Stall): void;
}

/** A node that starts, stops and serves runs. */
export class RunNode extends FaultyNode<typeof handlers> {
  readonly #listener: RunNodeListener;

  private constructor(start: NodeStart, listener: RunNodeListener) {
    super(start);
    this.#listener = listener;
  }

  static async start(
    name: string,
    settings: Omit<NodeSettings, 'redisPort'>,
    server: number | string,
    listener: RunNodeListener,
  ): Promise<RunNode> {
    const gates = await openGates(server);
    const node = new RunNode({ name, file: 'faults/runs/node.ts', settings, gates }, listener);
    await node.run();
    return node;
  }

  protected override receive(message: object, life: number): void {
    if ('production' in message) this.#listener.onEvent(this, life, message as ProductionEvent);
    if (isStall(message)) this.#listener.onStall(this, message);
  }
}

import { FaultyNode, isStall, type NodeStart, openGates, type Reply } from '../redis/faulty-node';
import type { Stall } from '../redis/stalls';
import type { handlers, NodeSettings } from './node';

type OnStall = (node: StateNode, stall: Stall) => void;
type Asked = 'change' | 'get' | 'entries' | 'join' | 'leave' | 'update' | 'census';

/** A node that writes to states, has members, and serves both. */
export class StateNode extends FaultyNode<typeof handlers> {
  readonly #onStall: OnStall;

  private constructor(start: NodeStart, onStall: OnStall) {
    super(start);
    this.#onStall = onStall;
  }

  static async start(
    name: string,
    settings: Omit<NodeSettings, 'redisPort'>,
    redisServerPort: number,
    onStall: OnStall,
  ): Promise<StateNode> {
    const gates = await openGates(redisServerPort);
    const node = new StateNode({ name, file: 'faults/states/node.ts', settings, gates }, onStall);
    await node.run();
    return node;
  }

  /** Asks, and returns the value or the code of a failure. */
  ask<N extends Asked>(name: N, argument: Parameters<(typeof handlers)[N]>[0]) {
    return this.call(name, argument) as Promise<Awaited<ReturnType<(typeof handlers)[N]>> | Reply<never>>;
  }

  protected override receive(message: object): void {
    if (isStall(message)) this.#onStall(this, message);
  }
}

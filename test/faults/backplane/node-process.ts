import { FaultyNode, openGates } from '../redis/faulty-node';
import type { handlers, NodeSettings, Published } from './node';

/** A node that publishes to channels and serves them. */
export class NodeProcess extends FaultyNode<typeof handlers> {
  static async start(
    name: string,
    settings: Omit<NodeSettings, 'redisPort'>,
    server: number | string,
  ): Promise<NodeProcess> {
    const gates = await openGates(server);
    const node = new NodeProcess({ name, file: 'faults/backplane/node.ts', settings, gates });
    await node.run();
    return node;
  }

  /** @returns `undefined` when the process died before it answered. */
  async publish(channel: string, data: unknown, key?: string): Promise<Published | undefined> {
    const published = await this.call('publish', { channel, data, ...(key !== undefined && { key }) });
    return 'code' in published && published.code === 'died' ? undefined : (published as Published);
  }

  async end(channel: string): Promise<void> {
    await this.call('end', channel);
  }
}

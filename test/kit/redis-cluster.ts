import { setTimeout as sleep } from 'node:timers/promises';
import { RedisServer } from './redis-server';

const slots = 16_384;
const timeoutMs = 20_000;

/** Three masters that share the slots. */
export class RedisCluster {
  private constructor(readonly servers: readonly RedisServer[]) {}

  static async start(): Promise<RedisCluster> {
    const words = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'];
    const servers = await Promise.all([1, 2, 3].map(() => RedisServer.start(words)));
    const cluster = new RedisCluster(servers);
    const clients = servers.map((server) => server.client());
    try {
      const [first] = servers as [RedisServer];
      for (const [i, client] of clients.entries()) {
        const from = Math.floor((slots * i) / servers.length);
        const to = Math.floor((slots * (i + 1)) / servers.length) - 1;
        await client.cluster('ADDSLOTSRANGE', from, to);
        await client.cluster('SET-CONFIG-EPOCH', i + 1);
        if (i > 0) await client.cluster('MEET', '127.0.0.1', first.port);
      }
      for (const end = Date.now() + timeoutMs; ; await sleep(50)) {
        const infos = await Promise.all(clients.map((client) => client.cluster('INFO')));
        if (infos.every((info) => /cluster_state:ok/.test(info) && /cluster_known_nodes:3/.test(info))) return cluster;
        if (Date.now() > end) throw new Error(`The cluster did not form:\n${infos.join('\n')}`);
      }
    } catch (error) {
      await cluster.stop();
      throw error;
    } finally {
      for (const client of clients) client.disconnect();
    }
  }

  get nodes(): readonly { host: string; port: number }[] {
    return this.servers.map(({ port }) => ({ host: '127.0.0.1', port }));
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import { waitLimit } from './limits';
import { RedisServer } from './redis-server';

const slots = 16_384;

/** The first slot of a master. */
const firstOf = (server: number, servers: number) => Math.floor((slots * server) / servers);

/** Three masters that share the slots. */
export class RedisCluster {
  private constructor(readonly servers: readonly RedisServer[]) {}

  /** @param more additional words of the servers' command lines. */
  static async start(more: readonly string[] = []): Promise<RedisCluster> {
    const words = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000', ...more];
    const starts = await Promise.allSettled([1, 2, 3].map(() => RedisServer.start(words)));
    const servers = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
    const failure = starts.find((start) => start.status === 'rejected');
    if (failure) {
      await Promise.all(servers.map((server) => server.stop()));
      throw failure.reason;
    }
    const cluster = new RedisCluster(servers);
    const clients = servers.map((server) => server.client());
    try {
      const [first] = servers as [RedisServer];
      for (const [i, client] of clients.entries()) {
        await client.cluster('ADDSLOTSRANGE', firstOf(i, servers.length), firstOf(i + 1, servers.length) - 1);
        await client.cluster('SET-CONFIG-EPOCH', i + 1);
        if (i > 0) await client.cluster('MEET', '127.0.0.1', first.port);
      }
      await cluster.isFormed();
      return cluster;
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

  /** Settles when every master knows the others and that they own all slots. */
  async isFormed(): Promise<void> {
    const isFormed = async (_: RedisServer, server: number) => {
      const info = String(await this.#command(server, 'INFO'));
      return /cluster_state:ok/.test(info) && /cluster_known_nodes:3/.test(info) && /cluster_slots_ok:16384/.test(info);
    };
    const end = performance.now() + waitLimit;
    while (!(await Promise.all(this.servers.map(isFormed))).every(Boolean)) {
      if (performance.now() > end) throw new Error('The cluster did not form');
      await sleep(50);
    }
  }

  /** The index of the master that owns a slot, as it was at the start. */
  ownerOf(slot: number): number {
    return this.servers.findIndex((_, i) => slot < firstOf(i + 1, this.servers.length));
  }

  /** Begins to move a slot: its owner redirects commands whose keys it no longer has. */
  async openSlot(slot: number, from: number, to: number): Promise<void> {
    const [source, target] = await Promise.all([this.#id(from), this.#id(to)]);
    await this.#command(to, 'SETSLOT', slot, 'IMPORTING', source);
    await this.#command(from, 'SETSLOT', slot, 'MIGRATING', target);
  }

  /** Moves the keys of a slot, one by one. */
  async migrateKeys(slot: number, from: number, to: number): Promise<void> {
    const client = (this.servers[from] as RedisServer).client();
    const { port } = this.servers[to] as RedisServer;
    for (;;) {
      const [key] = (await client.cluster('GETKEYSINSLOT', slot, 1)) as string[];
      if (key === undefined) break;
      await client.migrate('127.0.0.1', port, key, 0, 5000);
    }
    client.disconnect();
  }

  /** Tells the masters that a slot has moved. */
  async closeSlot(slot: number, from: number, to: number): Promise<void> {
    const target = await this.#id(to);
    for (const server of [to, from]) await this.#command(server, 'SETSLOT', slot, 'NODE', target);
  }

  async #id(server: number): Promise<string> {
    return String(await this.#command(server, 'MYID'));
  }

  async #command(server: number, ...words: (string | number)[]): Promise<unknown> {
    const client = (this.servers[server] as RedisServer).client();
    try {
      return await client.call('CLUSTER', ...words);
    } finally {
      client.disconnect();
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
  }
}

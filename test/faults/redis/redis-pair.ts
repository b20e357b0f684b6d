import { setTimeout as pause } from 'node:timers/promises';
import { Gate } from '../../kit/gate';
import { isPortTaken, RedisServer } from '../../kit/redis-server';

/** Lets a replica get its first copy at once. */
const words = ['--repl-diskless-sync-delay', '0'];

const syncTimeoutMs = 4000;
const runTimes = 3;

/** A redis-server and its replica, which copies it through a gate. */
export class RedisPair {
  private constructor(
    public primary: RedisServer,
    public replica: RedisServer,
    readonly replication: Gate,
  ) {}

  static async start(): Promise<RedisPair> {
    const [primary, replica] = await Promise.all([RedisServer.start(words), RedisServer.start(words)]);
    const pair = new RedisPair(primary, replica, await Gate.start(primary.port));
    await pair.#replicate();
    return pair;
  }

  /** Kills the primary and restarts it after some time. */
  async restart(away: number, keepsData: boolean): Promise<void> {
    await this.primary.kill();
    if (!keepsData) await this.primary.forget();
    await pause(away);
    await run(this.primary);
  }

  /** Stops the primary for some time. Its connections stay open. */
  async pause(ms: number): Promise<void> {
    this.primary.pause();
    await pause(ms);
    this.primary.resume();
  }

  async flush(): Promise<void> {
    await command(this.primary, 'FLUSHALL');
  }

  /** Makes the primary refuse writes for some time, as it does when its memory is full. */
  async refuseWrites(ms: number): Promise<void> {
    const { primary } = this;
    await command(primary, 'CONFIG', 'SET', 'maxmemory', '1');
    await pause(ms);
    await command(primary, 'CONFIG', 'SET', 'maxmemory', '0');
  }

  /** Makes the primary evict everything, as it does when its memory is full. */
  async evict(): Promise<void> {
    await command(this.primary, 'CONFIG', 'SET', 'maxmemory-policy', 'allkeys-random', 'maxmemory', '1');
    while (Number(await command(this.primary, 'DBSIZE')) > 0) await pause(10);
    await command(this.primary, 'CONFIG', 'SET', 'maxmemory', '0', 'maxmemory-policy', 'noeviction');
  }

  /** @returns true when the replica has its copy, false after a timeout. */
  async isSynced(): Promise<boolean> {
    for (const end = Date.now() + syncTimeoutMs; Date.now() < end; await pause(30)) {
      if (/master_link_status:up/.test(String(await command(this.replica, 'INFO', 'replication')))) return true;
    }
    return false;
  }

  /**
   * Cuts the replica off for so many ms and then promotes it.
   *
   * @param switched is called with the port of the new primary.
   */
  async failOver(lag: number, switched: (port: number) => void): Promise<void> {
    this.replication.swallow();
    await pause(lag);
    await command(this.replica, 'REPLICAOF', 'NO', 'ONE');
    [this.primary, this.replica] = [this.replica, this.primary];
    switched(this.primary.port);
  }

  /**
   * Makes two primaries, which don't know of each other, for so many ms. Some nodes use the one and
   * some the other. Then the old one becomes the new one's replica, and loses what it wrote alone.
   *
   * @param needsReplica true when a primary may not write without a replica. Its successor comes
   * later than it notices that, as Sentinel does with a `down-after-milliseconds` that is longer
   * than `min-replicas-max-lag`.
   * @param half is called with the port of the new primary: some nodes change.
   * @param all is called with the same: the rest of them change.
   */
  async splitBrain(
    ms: number,
    needsReplica: boolean,
    half: (port: number) => void,
    all: (port: number) => void,
  ): Promise<void> {
    const [old, next] = [this.primary, this.replica];
    if (needsReplica) await command(old, 'CONFIG', 'SET', 'min-replicas-to-write', '1', 'min-replicas-max-lag', '1');
    this.replication.swallow();
    if (needsReplica) while (!(await refusesWrites(old))) await pause(100);
    await command(next, 'REPLICAOF', 'NO', 'ONE');
    half(next.port);
    await pause(ms);
    [this.primary, this.replica] = [next, old];
    all(next.port);
    await this.rejoin(false);
    await command(old, 'CONFIG', 'SET', 'min-replicas-to-write', '0');
  }

  /** The former primary comes back as the new one's replica, in the same process or a new one. */
  async rejoin(restarts: boolean): Promise<void> {
    if (restarts) {
      await this.replica.kill();
      await run(this.replica);
    }
    this.replication.release();
    this.replication.lead(this.primary.port);
    await this.#replicate();
  }

  async stop(): Promise<void> {
    await Promise.all([this.primary.stop(), this.replica.stop(), this.replication.close()]);
  }

  async #replicate(): Promise<void> {
    await command(this.replica, 'REPLICAOF', '127.0.0.1', String(this.replication.port));
  }
}

async function refusesWrites(server: RedisServer): Promise<boolean> {
  return /min_slaves_good_slaves:0/.test(String(await command(server, 'INFO', 'replication')));
}

/** Another process may have taken its port meanwhile and give it back soon. */
async function run(server: RedisServer): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await server.run();
    } catch (error) {
      if (attempt === runTimes || !isPortTaken(error)) throw error;
    }
  }
}

async function command(server: RedisServer, name: string, ...words: string[]): Promise<unknown> {
  const client = server.client();
  client.on('error', () => {});
  try {
    return await client.call(name, ...words);
  } finally {
    client.disconnect();
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port';
import { answers, RedisServer, redisServer } from './redis-server';
import { until } from './until';

/** A Redis server, its replica, and a Sentinel that promotes the replica. */
export class RedisSentinel {
  readonly name = 'main';

  private constructor(
    readonly port: number,
    readonly master: RedisServer,
    readonly replica: RedisServer,
    readonly folder: string,
    readonly process: ChildProcess,
  ) {}

  static async start(): Promise<RedisSentinel> {
    const master = await RedisServer.start();
    const replica = await RedisServer.start(['--replicaof', '127.0.0.1', String(master.port)]);
    const folder = await mkdtemp(join(tmpdir(), 'pushwire-sentinel-'));
    const port = await freePort();
    const config = join(folder, 'sentinel.conf');
    const lines = [
      `port ${port}`,
      `dir ${folder}`,
      `sentinel monitor main 127.0.0.1 ${master.port} 1`,
      'sentinel down-after-milliseconds main 300',
      'sentinel failover-timeout main 2000',
    ];
    await writeFile(config, `${lines.join('\n')}\n`);
    const process = spawn(redisServer.path, [config, '--sentinel'], { stdio: 'ignore' });
    const sentinel = new RedisSentinel(port, master, replica, folder, process);
    await until('Sentinel answers', () => answers(port));
    await until('it knows the replica', async () => (await sentinel.ask('replicas')).length === 1);
    return sentinel;
  }

  /** Asks Sentinel about the master's group. */
  async ask(what: 'replicas' | 'get-master-addr-by-name'): Promise<unknown[]> {
    const client = RedisServer.clientOf(this.port);
    try {
      return (await client.call('SENTINEL', what, this.name)) as unknown[];
    } finally {
      client.disconnect();
    }
  }

  async stop(): Promise<void> {
    const exited = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await exited;
    await Promise.all([this.master.stop(), this.replica.stop()]);
    await rm(this.folder, { recursive: true, force: true });
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from './free-port';

export const redisServer = { package: 'redis-server', path: '/usr/bin/redis-server' };

const startPatience = 30_000;

/** Those that run: they would outlive this process. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const server of running) server.kill('SIGKILL');
});

/** A redis-server of the tests' own, with its own folder and port. Each write is in its file before it is acknowledged. */
export class RedisServer {
  #process: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    readonly folder: string,
    readonly words: readonly string[],
  ) {}

  /** @param words more of its command line. */
  static async start(words: readonly string[] = []): Promise<RedisServer> {
    const folder = await mkdtemp(join(tmpdir(), 'pushwire-redis-'));
    const server = new RedisServer(await freePort(), folder, words);
    try {
      await server.run();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** A client for what the tests do with it themselves; the caller disconnects it. */
  client(): Redis {
    return RedisServer.clientOf(this.port);
  }

  static clientOf(port: number): Redis {
    return new Redis(port, '127.0.0.1', { retryStrategy: null, disconnectTimeout: 100 });
  }

  /** @param port another one than before, and other words, where it takes somebody's place. */
  async run(port = this.port, words = this.words): Promise<void> {
    const files = ['--dir', this.folder, '--appendonly', 'yes', '--appendfsync', 'no', '--save', ''];
    // A replica need not wait for others.
    const replication = ['--repl-diskless-sync-delay', '0'];
    const place = ['--port', String(port), '--bind', '127.0.0.1', '--logfile', 'redis.log'];
    const process = spawn(redisServer.path, [...place, ...files, ...replication, ...words], { stdio: 'ignore' });
    this.#process = process;
    for (const end = Date.now() + startPatience; ; await sleep(20)) {
      if (await answers(port)) return;
      if (process.exitCode === null && Date.now() < end) continue;
      const log = await readFile(join(this.folder, 'redis.log'), 'utf8');
      await this.kill();
      throw new Error(`redis-server did not start:\n${log}`);
    }
  }

  /** Ends the process at once; what it keeps stays in its folder. */
  async kill(): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    if (!process || process.exitCode !== null || process.signalCode !== null) return;
    const exited = once(process, 'exit');
    process.kill('SIGKILL');
    await exited;
  }

  /** Loses all that it keeps on disk; to be called while it does not run. */
  async forget(): Promise<void> {
    await rm(join(this.folder, 'appendonlydir'), { recursive: true, force: true });
  }

  /** The process does nothing until `resume`; its connections stay. */
  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    this.resume();
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Whether a server answers there. */
export async function answers(port: number): Promise<boolean> {
  const client = new Redis(port, '127.0.0.1', { lazyConnect: true, retryStrategy: null, disconnectTimeout: 100 });
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.ping()) === 'PONG';
  } catch {
    return false;
  } finally {
    client.disconnect();
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from './free-port';
import { waitLimit } from './limits';
import { systemProgram } from './system-program';

export const redisServer = systemProgram('redis');

const startTimes = 3;

/** Servers that run and would outlive this process. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const server of running) server.kill('SIGKILL');
});

/** A Redis server with its own folder and port. It saves each write before it acknowledges it. */
export class RedisServer {
  #process: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    readonly folder: string,
    readonly words: readonly string[],
  ) {}

  /** @param words additional words of its command line. */
  static async start(words: readonly string[] = []): Promise<RedisServer> {
    for (let attempt = 1; ; attempt++) {
      const folder = await mkdtemp(join(tmpdir(), 'pushwire-redis-'));
      const server = new RedisServer(await freePort(), folder, words);
      try {
        await server.run();
        return server;
      } catch (error) {
        await server.stop();
        // The port of a cluster's bus, which is 10,000 higher, may belong to somebody else.
        if (attempt === startTimes || !isPortTaken(error)) throw error;
      }
    }
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Makes a client for the tests' own commands. The caller disconnects it. */
  client(): Redis {
    return RedisServer.clientOf(this.port);
  }

  static clientOf(port: number): Redis {
    return new Redis(port, '127.0.0.1', { retryStrategy: null, disconnectTimeout: 100 });
  }

  /** @param port differs from the previous one, as `words` do, when it takes another's place. */
  async run(port = this.port, words = this.words): Promise<void> {
    const files = ['--dir', this.folder, '--appendonly', 'yes', '--appendfsync', 'no', '--save', ''];
    // A replica doesn't wait for others.
    const replication = ['--repl-diskless-sync-delay', '0'];
    const place = ['--port', String(port), '--bind', '127.0.0.1', '--logfile', 'redis.log'];
    const process = spawn(redisServer.path, [...place, ...files, ...replication, ...words], { stdio: 'ignore' });
    this.#process = process;
    running.add(process);
    process.once('exit', () => running.delete(process));
    for (const end = performance.now() + waitLimit; ; await sleep(20)) {
      if (await answers(port)) return;
      if (process.exitCode === null && performance.now() < end) continue;
      const log = await readFile(join(this.folder, 'redis.log'), 'utf8');
      await this.kill();
      throw new Error(`redis-server did not start:\n${log}`);
    }
  }

  /** Kills the process. Its folder keeps the data. */
  async kill(): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    if (!process || process.exitCode !== null || process.signalCode !== null) return;
    const exited = once(process, 'exit');
    process.kill('SIGKILL');
    await exited;
  }

  /** Deletes its data on disk. Must be called while it does not run. */
  async forget(): Promise<void> {
    await rm(join(this.folder, 'appendonlydir'), { recursive: true, force: true });
  }

  /** Stops the process until `resume`. Its connections stay open. */
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

/** True for the error of a server whose port somebody else has. */
export const isPortTaken = (error: unknown): boolean => /Address already in use/.test((error as Error).message);

/** True if a server answers on the port. */
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

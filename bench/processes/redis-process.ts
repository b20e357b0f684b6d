import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { type CommandStats, readCommandStats } from './command-stats';
import { freePort } from './free-port';
import { onCore } from './pinning';
import { cpuMicrosOf } from './process-stats';

const path = '/usr/bin/redis-server';
const timeoutMs = 5000;

/** The work of Redis since a mark. */
export interface RedisCost extends CommandStats {
  /** User and system time, in µs. */
  readonly cpuMicros: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** A Redis server with its own folder and port, on core 0 if possible, and without persistence. */
export class RedisProcess {
  #mark = 0;
  readonly #abandon = () => {
    this.process.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  };

  private constructor(
    readonly port: number,
    readonly folder: string,
    readonly process: ChildProcess,
    readonly client: Redis,
  ) {}

  static missing(): string | undefined {
    if (existsSync(path)) return undefined;
    return `there is no ${path}. On Debian: apt-get update && apt-get install -y redis-server`;
  }

  static version(): string {
    return /v=(\S+)/.exec(spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout)?.[1] ?? 'unknown';
  }

  static async start(): Promise<RedisProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'pushwire-redis-'));
    const port = await freePort();
    const place = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--logfile', 'redis.log'];
    const line = onCore(0, [path, ...place, '--save', '', '--appendonly', 'no', '--tcp-backlog', '1024']);
    const child = spawn(line[0] as string, line.slice(1), { stdio: 'ignore' });
    const client = new Redis(port, '127.0.0.1', { retryStrategy: () => 20, maxRetriesPerRequest: null });
    client.on('error', () => {});
    const started = new RedisProcess(port, folder, child, client);
    process.on('exit', started.#abandon);
    await started.#untilItAnswers();
    return started;
  }

  /** Starts counting CPU time and commands. */
  async mark(): Promise<void> {
    await this.client.config('RESETSTAT');
    this.#mark = cpuMicrosOf(this.process.pid as number);
  }

  async read(): Promise<RedisCost> {
    const cpuMicros = cpuMicrosOf(this.process.pid as number) - this.#mark;
    const stats = await this.client.info('stats');
    const traffic = {
      bytesIn: numberIn(stats, 'total_net_input_bytes'),
      bytesOut: numberIn(stats, 'total_net_output_bytes'),
    };
    return { cpuMicros, ...traffic, ...readCommandStats(await this.client.info('commandstats')) };
  }

  /** Returns the bytes that Redis has allocated. */
  async memory(): Promise<number> {
    return numberIn(await this.client.info('memory'), 'used_memory');
  }

  async stop(): Promise<void> {
    this.client.disconnect();
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const exited = once(this.process, 'exit');
      this.process.kill('SIGKILL');
      await exited;
    }
    process.off('exit', this.#abandon);
    await rm(this.folder, { recursive: true, force: true });
  }

  async #untilItAnswers(): Promise<void> {
    const answered = this.client.ping();
    const answer = await Promise.race([answered, once(this.process, 'exit'), sleep(timeoutMs, 'late', { ref: false })]);
    if (answer === 'PONG') return;
    answered.catch(() => {});
    const log = await readFile(join(this.folder, 'redis.log'), 'utf8').catch(() => 'it left no log');
    await this.stop();
    throw new Error(`redis-server did not start: ${log}`);
  }
}

const numberIn = (info: string, name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1]);

/** Runs a task with a Redis server and stops it. */
export async function withRedis<T>(task: (redis: RedisProcess) => Promise<T>): Promise<T> {
  const redis = await RedisProcess.start();
  try {
    return await task(redis);
  } finally {
    await redis.stop();
  }
}

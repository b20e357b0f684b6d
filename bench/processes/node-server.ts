import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { stampNow } from '../sample-event';
import type { Answer, Command, Flooded } from './commands';
import { onCore } from './pinning';
import type { Memory, ServerHandle } from './server-handle';

const timeoutMs = 20_000;

/** The settings of a server process. */
export interface NodeServerOptions {
  /** The command line of Node. Defaults to this process's own, without flags. */
  readonly node?: readonly string[];
  /** Arguments of the function that makes the server. */
  readonly words?: readonly string[];
  /** The core to run on. Defaults to 0. */
  readonly core?: number;
}

/** A server from one of the files in `servers/`. */
export class NodeServer implements ServerHandle {
  private constructor(
    readonly port: number,
    readonly process: ChildProcess,
  ) {}

  static async start(variant: string, options: NodeServerOptions = {}): Promise<NodeServer> {
    const { node = [process.execPath], words = [], core = 0 } = options;
    const script = join(__dirname, 'server-process.js');
    const [command, ...rest] = onCore(core, [...node, script, variant, ...words]);
    const child = spawn(command as string, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const answer = await nextAnswer(child);
    if (!('port' in answer)) throw new Error(`${variant} did not tell its port`);
    return new NodeServer(answer.port, child);
  }

  publish(count: number, stamp = stampNow()): void {
    this.#send({ publish: count, stamp });
  }

  /** Publishes for so many seconds with at most so many publishes pending. */
  async flood(seconds: number, maxPending: number): Promise<Flooded> {
    const answer = await this.#ask({ flood: seconds, maxPending });
    if (!('flooded' in answer)) throw new Error('the server did not tell what it published');
    return answer.flooded;
  }

  mark(): void {
    this.#send({ mark: true });
  }

  async read(): Promise<number> {
    const answer = await this.#ask({ read: true });
    if (!('cpuMicros' in answer)) throw new Error('the server did not tell its CPU time');
    return answer.cpuMicros;
  }

  /** Returns the number of requests that wait for an event. */
  async held(): Promise<number> {
    const answer = await this.#ask({ held: true });
    if (!('held' in answer)) throw new Error('the server did not tell what it holds');
    return answer.held;
  }

  async memory(reclaim = false): Promise<Memory> {
    const answer = await this.#ask({ memory: true, reclaim });
    if (!('memory' in answer)) throw new Error('the server did not tell its memory');
    return answer.memory;
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const exited = once(this.process, 'exit');
    const kill = setTimeout(() => this.process.kill('SIGKILL'), timeoutMs);
    if (this.process.connected) this.#send({ stop: true });
    await exited;
    clearTimeout(kill);
  }

  #ask(command: Command): Promise<Answer> {
    const answered = nextAnswer(this.process);
    this.#send(command);
    return answered;
  }

  #send(command: Command): void {
    this.process.send(command);
  }
}

async function nextAnswer(child: ChildProcess): Promise<Answer> {
  const settled = new AbortController();
  const signal = AbortSignal.any([settled.signal, AbortSignal.timeout(timeoutMs)]);
  try {
    const exited = once(child, 'exit', { signal }).then(([code]) => {
      throw new Error(`the server process ended with ${code}`);
    });
    const [answer] = await Promise.race([once(child, 'message', { signal }), exited]);
    return answer as Answer;
  } finally {
    settled.abort();
  }
}

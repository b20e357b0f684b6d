import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { NodeState } from '../node-identity';
import { isRunning, stopDaemon } from './daemon';

/** Milliseconds until a killed node is restarted. */
const away = 4000;

/** The settings of a node. */
export interface NodePlan {
  readonly name: string;
  readonly framework: 'express' | 'koa';
  readonly port: number;
  readonly redis: string;
}

const titles = { express: 'Express', koa: 'Koa' };

/** A node: a process that runs the demo and is restarted when it was killed or has crashed. */
export class NodeProcess {
  #child: ChildProcess | undefined;
  #again: NodeJS.Timeout | undefined;
  #state: NodeState['state'] = 'starting';
  #isClosed = false;

  constructor(
    readonly plan: NodePlan,
    readonly changed: (state: NodeState) => void,
  ) {}

  get state(): NodeState {
    const { name, framework, port } = this.plan;
    return { name, framework: titles[framework], port, pid: this.#child?.pid, state: this.#state };
  }

  /** Settles when the node listens. @throws {Error} when it ends before that. */
  async start(): Promise<void> {
    const { name, framework, port, redis } = this.plan;
    const main = path.join(__dirname, '../main.js');
    // The nodes must not take npm's variable for their own.
    const { npm_lifecycle_event: _event, ...env } = process.env;
    const child = spawn(process.execPath, [main, '--framework', framework, '--redis', redis, '--name', name], {
      detached: true,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...env, PORT: String(port) },
    });
    this.#child = child;
    const exited = once(child, 'exit');
    const [what] = await Promise.race([once(child, 'message'), exited]);
    if (what !== 'listening') throw new Error(`The node ${name} did not start.`);
    exited.then(() => this.#fallen());
    this.#become('running');
  }

  /** Kills the process without a chance to clean up, like a crash or a power cut. */
  kill(): boolean {
    return this.#state === 'running' && (this.#child?.kill('SIGKILL') ?? false);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#again);
    if (this.#child && isRunning(this.#child)) await stopDaemon(this.#child);
  }

  #fallen(): void {
    if (this.#isClosed) return;
    this.#child = undefined;
    this.#become('killed');
    this.#again = setTimeout(() => this.#startAgain(), away);
  }

  async #startAgain(): Promise<void> {
    try {
      this.#become('starting');
      await this.start();
    } catch (error) {
      if (this.#isClosed) return;
      console.error((error as Error).message);
      this.#fallen();
    }
  }

  #become(state: NodeState['state']): void {
    this.#state = state;
    this.changed(this.state);
  }
}

import type { ChildProcess } from 'node:child_process';
import { bundle } from '../../kit/bundle';
import { Child, type Handlers } from '../../kit/child';
import { Gate } from '../../kit/gate';
import type { Stall } from './stalls';

/** Marks connections that receive Pub/Sub messages. It matches both client libraries. */
const subscribes = /\r\nsubscribe\r\n/i;

/** Processes that run. Those that are paused would outlive this one. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Bundled once, since nodes start often. */
const bundles = new Map<string, Promise<string>>();

function bundleOf(file: string): Promise<string> {
  const bundled = bundles.get(file) ?? bundle(file);
  bundles.set(file, bundled);
  return bundled;
}

/** The calls that every node answers. */
export interface NodeHandlers extends Handlers {
  /** Listens, and returns the port. */
  port(): Promise<number>;
  /** The failures that no fault explains. */
  unexpected(): readonly string[];
}

/** The result of a call, or the code of its failure and its cause. */
export type Reply<T> = { readonly value: T } | { readonly code: string; readonly cause?: string };

/** How to start a node. */
export interface NodeStart {
  readonly name: string;
  /** Its file, in the tests' folder. */
  readonly file: string;
  /** It gets them on its command line, with the port or the path of its gate. */
  readonly settings: object;
  readonly gates: NodeGates;
}

/** The ways to a node, and from it to Redis or to a broker. */
export interface NodeGates {
  readonly clients: Gate;
  readonly redis: Gate;
  /** Where the gate of a broker is. */
  readonly brokerPath?: string;
}

/** @param server the port of Redis, or the path of a broker. */
export async function openGates(server: number | string): Promise<NodeGates> {
  const brokerPath = typeof server === 'string' ? `${server}-${++gates}` : undefined;
  const [clients, redis] = await Promise.all([Gate.start(), Gate.start(server, subscribes, brokerPath)]);
  return { clients, redis, ...(brokerPath && { brokerPath }) };
}

/** Counts the gates to brokers. */
let gates = 0;

/** A node in its own process, behind one gate for clients and another to Redis or to a broker. */
export class FaultyNode<H extends NodeHandlers = NodeHandlers> {
  #child: Child<H> | undefined;
  #failure: string | undefined;
  /** Counts its processes. */
  life = 0;
  isPaused = false;
  /** The times at which its lives have ended. */
  readonly ends = new Map<number, number>();
  /** The lives that ended by a shutdown, in which all `finally` blocks run. */
  readonly shutDowns = new Set<number>();
  readonly name: string;
  readonly clients: Gate;
  readonly redis: Gate;
  readonly #start: NodeStart;

  constructor(start: NodeStart) {
    this.name = start.name;
    this.clients = start.gates.clients;
    this.redis = start.gates.redis;
    this.#start = start;
  }

  async run(): Promise<void> {
    const { file, settings, gates } = this.#start;
    const { brokerPath } = gates;
    const way = brokerPath ? { brokerPath } : { redisPort: this.redis.port };
    const child = Child.start<H>(await bundleOf(file), [], { ...settings, ...way });
    const life = ++this.life;
    running.add(child.process);
    child.process.once('exit', () => running.delete(child.process));
    child.process.on('message', (message: object) => this.receive(message, life));
    child.process.on('exit', (code, signal) => {
      if (this.#child === child) this.#failure ??= `${this.name} ended by itself, with ${code ?? signal}`;
    });
    this.#child = child;
    this.clients.lead((await child.call('port')) as number);
  }

  /** Kills the process, as the kernel would. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#ends();
    this.#child = undefined;
    this.clients.lead(undefined);
    await child?.stop();
  }

  /** Closes the hub, and then ends the process, as a deployment does. */
  async shutDown(): Promise<void> {
    this.#ends();
    await this.#child?.call('shutDown');
    this.shutDowns.add(this.life);
    await this.kill();
  }

  /** Stops the process until `resume`. Its connections stay open. */
  pause(): void {
    this.isPaused = true;
    this.#child?.process.kill('SIGSTOP');
  }

  resume(): void {
    this.isPaused = false;
    this.#child?.process.kill('SIGCONT');
  }

  /** True while the process runs and clients are sent to it. */
  get isUp(): boolean {
    return this.#child !== undefined && this.clients.target !== undefined && !this.isPaused;
  }

  /** True while there is a process, also where it is paused. */
  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /**
   * Calls the node.
   *
   * @returns the code `unreached` when it is not there, and `died` when it dies meanwhile.
   */
  async call<N extends keyof H & string>(
    name: N,
    argument?: Parameters<H[N]>[0],
  ): Promise<Awaited<ReturnType<H[N]>> | Reply<never>> {
    const child = this.#child;
    if (child === undefined) return { code: 'unreached' };
    try {
      return await child.call(name, argument);
    } catch (error) {
      if (this.#child !== child) return { code: 'died' };
      throw error;
    }
  }

  /** @throws {Error} when it died or something failed that no fault explains. */
  async expectSound(): Promise<void> {
    const unexpected = ((await this.#child?.call('unexpected')) ?? []) as readonly string[];
    const [failure] = [...(this.#failure ? [this.#failure] : []), ...unexpected];
    if (failure !== undefined) throw new Error(`${this.name}: ${failure}`);
  }

  async close(): Promise<void> {
    this.resume();
    await this.kill();
    await this.clients.close();
    await this.redis.close();
  }

  #ends(): void {
    if (!this.ends.has(this.life)) this.ends.set(this.life, Date.now());
  }

  /** Takes what a process tells of its own accord. */
  protected receive(_message: object, _life: number): void {}
}

/** True for a message by which a node tells of a time in which it did nothing. */
export const isStall = (message: object): message is Stall => 'stalledFrom' in message;

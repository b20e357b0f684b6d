import { Agent } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../../kit/random';
import type { Heard } from '../../kit/readers';
import { connections, type Listener } from '../connections';
import type { Chronicle } from './chronicle';
import type { StateNode } from './node-process';
import { Trace } from './trace';

/** Codes of a connection that the network broke, and the status of a node that cannot serve now. */
const passing: readonly string[] = ['ECONNRESET', 'EPIPE', 'ECONNREFUSED', 'ABORT_ERR', '503'];

/** How a client behaves. */
export interface Habits {
  readonly transports: readonly string[];
  /** The longest time on one connection, in ms. No default: it stays. */
  readonly stay?: number;
  /** The longest time between two connections, in ms. */
  readonly absence: number;
  /** The chance to come back without a place. */
  readonly forgets: number;
  /** True if it stops reading at times. */
  readonly isSlow: boolean;
}

/** Follows a state or presence by the protocol, from node to node. */
export class Follower implements Listener {
  readonly trace: Trace;
  connections = 0;
  failure: Error | undefined;
  /** The node of its connection, once that is open. */
  on: StateNode | undefined;
  /** Its process. */
  life = 0;
  /** No more faults happen: it stays where it is. */
  isCalm = false;
  #isStopped = false;
  #leave = () => {};
  #target: StateNode | undefined;

  constructor(
    readonly name: string,
    readonly path: () => string,
    readonly habits: Habits,
    readonly nodes: readonly StateNode[],
    readonly chronicle: Chronicle,
    readonly random: Random,
  ) {
    this.trace = new Trace(chronicle);
  }

  get shown(): ReadonlyMap<string, string> {
    return this.trace.shown;
  }

  async run(): Promise<void> {
    while (!this.#isStopped && this.failure === undefined) {
      const node = this.random.pick(this.nodes);
      if (node.isUp) await this.#connect(node);
      if (this.random.chance(this.habits.forgets) && !this.isCalm) this.trace.forget();
      await pause(this.isCalm ? 10 : this.random.between(10, this.habits.absence));
    }
  }

  calm(): void {
    this.isCalm = true;
  }

  stop(): void {
    this.#isStopped = true;
    this.#leave();
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  toString(): string {
    const steps = process.env.SHOW ? this.trace.steps.slice(-20).map((step) => `\n${JSON.stringify(step)}`) : '';
    return `${this.name} (connection ${this.connections} to ${this.on?.name}, cursor ${this.trace.cursor}${steps})`;
  }

  frame(heard: Heard): void {
    this.#hears();
    this.trace.frame(heard);
  }

  stands(cursor: string): void {
    this.#hears();
    this.trace.stands(cursor);
  }

  /** Its connection is open, and it is over. For followers who are members. */
  protected opened(): void {}
  protected closed(): void {}

  #hears(): void {
    if (this.on !== undefined) return;
    this.on = this.#target;
    this.life = this.#target?.life ?? 0;
    this.opened();
  }

  #pace(): Promise<unknown> | undefined {
    if (!this.habits.isSlow || this.isCalm || !this.random.chance(0.05)) return undefined;
    return pause(this.random.between(500, 4000), undefined, { signal: this.#signal }).catch(() => {});
  }

  #signal: AbortSignal | undefined;

  async #connect(node: StateNode): Promise<void> {
    this.connections++;
    const leaving = new AbortController();
    this.#leave = () => leaving.abort();
    this.#signal = leaving.signal;
    this.#target = node;
    const { stay } = this.habits;
    const leaves = stay ? setTimeout(() => !this.isCalm && leaving.abort(), this.random.between(0, stay)) : undefined;
    // A node that is paused says nothing, and some of its clients go elsewhere.
    const goes = this.random.chance(0.5);
    const watch = setInterval(() => node.isPaused && goes && leaving.abort(), 100);
    const connect = connections[this.random.pick(this.habits.transports)] as (typeof connections)[string];
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const url = `http://127.0.0.1:${node.clients.port}${this.path()}`;
    this.trace.connect(node.name);
    try {
      const { cursor } = this.trace;
      const ask = { url, cursor, client: this.name.replace(/\W/g, '-'), agent, wait: 0.3, signal: leaving.signal };
      await connect({ ...ask, pace: () => this.#pace() }, this);
    } catch (error) {
      const { code = '', name } = error as { code?: string; name: string };
      if (!passing.includes(code) && name !== 'AbortError') this.failure = error as Error;
    } finally {
      agent.destroy();
      clearTimeout(leaves);
      clearInterval(watch);
      if (this.on !== undefined) this.closed();
      this.on = undefined;
    }
  }
}

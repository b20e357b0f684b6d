import { setTimeout as pause } from 'node:timers/promises';
import { connectState, type StateConnection } from '@pushwire/client/state';
import { WebSocket } from 'ws';
import { Gate } from '../../kit/gate';
import type { Random } from '../../kit/random';
import { type Chronicle, type Note, noteOf, type Place, placeOf } from './chronicle';
import type { StateNode } from './node-process';

/** A change of one key, and the place of the copy after it. */
export interface CopiedChange {
  readonly at: number;
  readonly key: string;
  readonly note: Note;
  readonly place: Place | undefined;
}

const orders = [['sse'], ['websocket'], ['long-poll'], ['sse', 'websocket', 'long-poll', 'poll']] as const;

/** Follows by `connectState`, through a gate of its own that leads to one node after the other. */
export class Copy {
  readonly changes: CopiedChange[] = [];
  moves = 0;
  failure: Error | undefined;
  isCalm = false;
  #isStopped = false;
  readonly #state: StateConnection;

  private constructor(
    readonly name: string,
    path: string,
    readonly gate: Gate,
    readonly nodes: readonly StateNode[],
    readonly chronicle: Chronicle,
    readonly random: Random,
  ) {
    this.#state = connectState(`http://127.0.0.1:${gate.port}${path}`, {
      transports: random.pick(orders),
      WebSocket: WebSocket as never,
      retry: 100,
      maxRetry: 1000,
      openTimeout: 2000,
      memory: new Map(),
      random: () => random.next(),
    });
    this.#state.onChange((keys) => {
      for (const key of keys) this.#changed(key);
    });
  }

  static async start(
    name: string,
    path: string,
    nodes: readonly StateNode[],
    chronicle: Chronicle,
    random: Random,
  ): Promise<Copy> {
    return new Copy(name, path, await Gate.start(), nodes, chronicle, random);
  }

  get isWhole(): boolean {
    return this.#state.ready;
  }

  get shown(): ReadonlyMap<string, string> {
    return new Map([...this.#state.entries()].map(([key, value]) => [key, noteOf(value)]));
  }

  toString(): string {
    const { status, transport, cursor } = this.#state;
    return `${this.name} (${status} by ${transport}, cursor ${cursor})`;
  }

  /** Leads the client elsewhere, at times and when its node is gone. */
  async run(): Promise<void> {
    let on: StateNode | undefined;
    let until = 0;
    while (!this.#isStopped && this.failure === undefined) {
      const isOver = !this.isCalm && Date.now() > until;
      if (on === undefined || !on.isUp || this.gate.target !== on.clients.port || isOver) {
        on = this.random.pick(this.nodes);
        if (on.isUp) this.gate.lead(on.clients.port);
        this.moves++;
        until = Date.now() + this.random.ofAnyMagnitude(8000);
      }
      if (this.#state.end) this.failure = new Error(`it has ended: ${JSON.stringify(this.#state.end)}`);
      await pause(50);
    }
  }

  calm(): void {
    this.isCalm = true;
  }

  stop(): void {
    this.#isStopped = true;
  }

  async close(): Promise<void> {
    this.#isStopped = true;
    this.#state.close();
    await this.gate.close();
  }

  #changed(key: string): void {
    const value = this.#state.get(key);
    const note = value === undefined ? undefined : noteOf(value);
    try {
      this.chronicle.sees(key, note);
    } catch (error) {
      this.failure ??= error as Error;
    }
    this.changes.push({ at: Date.now(), key, note, place: placeOf(this.#state.cursor ?? '') });
  }
}

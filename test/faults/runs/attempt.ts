import { setTimeout as pause } from 'node:timers/promises';
import type { RunState } from '@pushwire/core';
import type { Random } from '../../kit/random';
import type { Reply } from '../redis/faulty-node';
import { type Fault, losing } from '../redis/harm';
import { HttpReader } from './http-reader';
import { LoopReader } from './loop-reader';
import type { RunNode } from './node-process';
import type { RunReader } from './reader';
import type { Plan } from './words';

/** More messages than any run sends before it is stopped. */
const endless = 1_000_000;

/** Milliseconds after which a reader that has not come to an end never will. */
const patience = 40_000;

/** The longest time for which a start or a stop is tried. */
const persistence = 25_000;

/** Milliseconds in which a node that was paused writes what it has. */
const afterPause = 300;

/** How a run is stopped: before its start, together with it, in the middle, or by the next start. */
export type Stopping = 'never' | 'early' | 'racing' | 'later' | 'replaced';

/** A reply of a node, and when it came. */
export interface Timed<T> {
  readonly node: RunNode;
  readonly askedAt: number;
  readonly at: number;
  readonly value: T;
}

export type Started = { readonly started: boolean; readonly status: string };

/** One run, from its starts to its end, with everything that was seen of it. */
export class Attempt {
  readonly plan: Plan;
  readonly stopping: Stopping;
  readonly begunAt = Date.now();
  readonly starts: Timed<Started>[] = [];
  readonly stops: Timed<boolean>[] = [];
  readonly readers: RunReader[] = [];
  readonly states: Timed<RunState>[] = [];
  /** A start with the same key after the end. */
  readonly repeats: Timed<Started>[] = [];
  overAt = 0;
  /** Settles when the readers of a run that is replaced are at their ends. */
  replacing: Promise<void> | undefined;
  readonly #lease: number;
  readonly #reading: Promise<void>[] = [];
  #clearedAt = this.begunAt;

  constructor(
    readonly id: string,
    readonly key: string,
    readonly nodes: readonly RunNode[],
    readonly random: Random,
    readonly takesOver: boolean,
    readonly faults: readonly Fault[],
  ) {
    this.stopping = random.pick(['never', 'never', 'never', 'early', 'racing', 'later', 'later', 'replaced']);
    this.#lease = random.pick([1000, 2000, 4000]);
    this.plan = {
      total: this.stopping === 'never' ? random.ofAnyMagnitude(200) : endless,
      interval: random.between(1, 60),
      burst: random.pick([1, 1, 3, 20]),
      ending: random.chance(0.2) ? 'throw' : 'complete',
      sends: random.chance(0.5),
      awaits: random.chance(0.5),
      lease: this.#lease,
      keep: 60_000,
    };
  }

  /** Settles when the run is over, or another is to take its place. */
  async play(): Promise<void> {
    const { random, stopping } = this;
    if (stopping === 'early') await this.#stop();
    const starting = Promise.all(Array.from({ length: random.between(1, 4) }, () => this.#start()));
    if (stopping === 'racing') await pause(random.between(0, 10)).then(() => this.#stop());
    await starting;
    if (this.starts.length === 0) return;
    const reading = this.#read();
    if (stopping === 'later') await pause(random.between(0, 2500)).then(() => this.#stop());
    if (stopping === 'replaced') {
      this.replacing = reading;
      return;
    }
    await reading;
    await this.#finish();
  }

  /** Settles when the readers have looked at the run again after its end. */
  async readersSettle(): Promise<void> {
    for (const reader of this.readers) if (reader.ended === undefined) reader.stop();
    await Promise.all(this.#reading);
  }

  /** Stops a run that goes on in secret, since Redis has lost whatever took its place. */
  async stopIfForgotten(): Promise<void> {
    if (this.#isForgottenSince(this.begunAt)) await this.#stop();
  }

  stopReaders(): void {
    for (const reader of this.readers) reader.stop();
  }

  /** A client repeats its request until there is an answer. */
  async #start(): Promise<void> {
    await pause(this.random.between(0, 60));
    const { id, key, plan } = this;
    const whenRunning = this.takesOver ? 'replace' : this.random.pick(['join', 'refuse'] as const);
    await this.#insist((node) => node.call('start', { id, key, plan, whenRunning }), this.starts);
  }

  async #stop(): Promise<void> {
    const { id, key } = this;
    const times = this.random.pick([1, 1, 2]);
    const call = (node: RunNode) => node.call('stop', { id, reason: `enough of ${key}`, key });
    for (let i = 0; i < times; i++) await this.#insist(call, this.stops);
  }

  async #insist<T>(call: (node: RunNode) => Promise<Reply<T>>, replies: Timed<T>[]): Promise<void> {
    for (const end = Date.now() + persistence; Date.now() < end; await pause(this.random.between(20, 200))) {
      const node = this.random.pick(this.nodes);
      if (!node.isUp) continue;
      const askedAt = Date.now();
      const reply = await call(node);
      if (!('value' in reply)) continue;
      replies.push({ node, askedAt, at: Date.now(), value: reply.value });
      return;
    }
  }

  async #read(): Promise<void> {
    for (let i = this.random.between(3, 4); i > 0; i--) {
      const Reader = i % 2 === 0 ? HttpReader : LoopReader;
      const reader = new Reader(`reader ${i} of ${this.key}`, this.nodes, this.id, this.random.fork());
      this.readers.push(reader);
      this.#reading.push(reader.run());
    }
    await this.#readersEnd();
  }

  async #readersEnd(): Promise<void> {
    const end = Date.now() + patience;
    while (this.readers.some(({ ended }) => ended === undefined)) {
      if (Date.now() > end) return;
      if (this.#isStopForgotten) await this.#stop();
      if (this.#isForgottenSince(this.#clearedAt)) await this.#clear();
      await pause(20);
    }
  }

  /** True if Redis may have lost the last stop. Then a user who still waits stops once more. */
  get #isStopForgotten(): boolean {
    return this.#isForgottenSince(this.stops.at(-1)?.askedAt ?? Number.POSITIVE_INFINITY);
  }

  #isForgottenSince(time: number): boolean {
    return this.faults.some(({ kind, to }) => losing.includes(kind) && to >= time && to <= Date.now());
  }

  /** Stops an earlier run that is in the way, since Redis has lost what had taken its place. */
  async #clear(): Promise<void> {
    this.#clearedAt = Date.now();
    const { id } = this;
    const found: Timed<RunState>[] = [];
    await this.#insist((node) => node.call('state', id), found);
    const [{ status, key } = { status: 'none' as const, key: undefined }] = found.map(({ value }) => value);
    if (status !== 'running' || key === undefined || key === this.key) return;
    await this.#insist((node) => node.call('stop', { id, reason: `enough of ${key}`, key }), []);
  }

  /** A producer that has lost its run may write when it goes on. */
  async #nobodyIsPaused(): Promise<void> {
    if (!this.nodes.some(({ isPaused }) => isPaused)) return;
    while (this.nodes.some(({ isPaused }) => isPaused)) await pause(20);
    await pause(afterPause);
  }

  async #finish(): Promise<void> {
    const { id, key, plan } = this;
    const ask = () => this.#insist((node) => node.call('state', id), this.states);
    await ask();
    if (this.readers.some(({ ended }) => ended === 'lost')) await this.#nobodyIsPaused();
    await ask();
    if (this.random.chance(0.5)) {
      const call = (node: RunNode) => node.call('start', { id, key, plan, whenRunning: 'join' });
      await this.#insist(call, this.repeats);
      // After Redis has forgotten all, it is a start like any other.
      if (this.repeats.some(({ value }) => value.started)) await this.#stop();
    }
    this.overAt = Date.now();
  }
}

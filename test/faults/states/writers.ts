import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../../kit/random';
import type { Chronicle, Outcome, Write } from './chronicle';
import { noteOf, placeOf } from './chronicle';
import type { StateNode } from './node-process';
import type { StateCall, ValuePatch } from './words';

/** Failures after which nothing was written. */
const rejected: readonly string[] = ['backplane-unavailable', 'unreached', 'value-moved', 'hub-closed'];
/** Failures after which nobody knows. */
const unconfirmed: readonly string[] = ['backplane-unconfirmed', 'died'];

/** The length of a long value, and the most that are written in a row. */
const [longText, longRow] = [40_000, 25];

const names = ['plain', 'plain', 'plain', 'forgetful', 'forgetful', 'forgetful', 'aging', 'paced', 'fat'];
const keys = ['k1', 'k2', 'k3', 'k4', 'k5', 'k6'];

/** A value that a node has read. */
export interface Read {
  readonly chronicle: Chronicle;
  readonly key: string;
  readonly note: string | undefined;
  readonly from: number;
  readonly to: number;
}

/** Write to the keys of states through the nodes, and read them. */
export class Writers {
  readonly reads: Read[] = [];
  readonly keys: readonly string[] = keys;
  #isStopped = false;
  #number = 0;

  constructor(
    readonly nodes: readonly StateNode[],
    readonly chronicles: ReadonlyMap<string, Chronicle>,
    readonly random: Random,
  ) {}

  async run(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.#writer(this.random.fork())));
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** A number for a write, or for what a member says. */
  next(): number {
    return ++this.#number;
  }

  async #writer(random: Random): Promise<void> {
    while (!this.#isStopped) {
      const node = random.pick(this.nodes);
      const name = random.pick(names);
      const key = random.pick(keys);
      if (node.isUp) await this.#act(node, name, key, random);
      await pause(random.between(0, 60));
    }
  }

  #act(node: StateNode, name: string, key: string, random: Random): Promise<unknown> {
    if (name === 'fat') return this.#many(node, name, random, random.ofAnyMagnitude(longRow));
    if (name === 'paced' && random.chance(0.5)) return this.#many(node, name, random, random.between(2, 6));
    const drawn = random.next();
    if (drawn < 0.015) return this.write(node, { state: name, what: 'clear' });
    if (drawn < 0.2) return this.write(node, { state: name, what: 'delete', key });
    if (drawn < 0.4) return this.write(node, { state: name, what: 'patch', key, value: this.#patch(random) });
    if (drawn < 0.6) return this.contest(name, key, random);
    return this.write(node, this.#set(name, key, random));
  }

  /** Several writes that wait for none before them. */
  async #many(node: StateNode, name: string, random: Random, count: number): Promise<void> {
    const key = random.pick(keys);
    const calls = Array.from({ length: count }, (): StateCall => {
      if (name !== 'fat' && random.chance(0.3)) return { state: name, what: 'patch', key, value: this.#patch(random) };
      if (random.chance(0.1)) return { state: name, what: 'delete', key };
      return this.#set(name, key, random);
    });
    await Promise.all(calls.map((call) => this.write(node, call)));
  }

  /**
   * Several nodes write over the same value.
   *
   * @returns the number of those that have, or `undefined` if nobody knows.
   */
  async contest(name: string, key: string, random: Random, among = this.nodes): Promise<number | undefined> {
    const reader = random.pick(among);
    const from = Date.now();
    const reply = await reader.ask('get', { state: name, key });
    if (!('value' in reply)) return undefined;
    const { value: entry } = reply;
    const chronicle = this.#of(name);
    const note = entry ? noteOf(entry.value) : undefined;
    const place = placeOf(entry?.id ?? '');
    if (place) chronicle.names(place, key, note, `a reader on ${reader.name}`);
    this.reads.push({ chronicle, key, note, from, to: Date.now() });
    const ifId = entry?.id ?? null;
    const writers = Array.from({ length: random.between(2, 3) }, () => random.pick(among));
    const outcomes = await Promise.all(
      writers.map((node) => this.write(node, { ...this.#set(name, key, random), ifId } as StateCall)),
    );
    if (outcomes.some(({ code }) => code !== undefined && code !== 'value-moved')) return undefined;
    return outcomes.filter(({ outcome }) => outcome === 'acknowledged').length;
  }

  async write(node: StateNode, call: StateCall): Promise<Write> {
    const chronicle = this.#of(call.state);
    const write = chronicle.begin('value' in call ? call.value.w : this.next(), call);
    const reply = await node.ask('change', call);
    if ('value' in reply) {
      write.id = reply.value;
      // Where writes wait, one that is newer may have taken the place of this one.
      const place = call.what === 'set' && call.state !== 'paced' ? placeOf(reply.value) : undefined;
      if (place && call.what === 'set')
        chronicle.names(place, call.key, noteOf(call.value), `its caller on ${node.name}`);
    }
    chronicle.settle(write, ...outcomeOf(reply));
    return write;
  }

  #set(state: string, key: string, random: Random): StateCall {
    const w = this.next();
    const text = state === 'fat' ? { text: `${w} `.repeat(longText / 6) } : {};
    const part = (name: string) => (random.chance(0.5) ? { [name]: w } : {});
    return { state, what: 'set', key, value: { w, ...part('a'), ...part('b'), ...text } };
  }

  #patch(random: Random): ValuePatch {
    const w = this.next();
    const part = (name: string) => (random.chance(0.6) ? { [name]: random.chance(0.7) ? w : null } : {});
    return { w, ...part('a'), ...part('b') };
  }

  #of(name: string): Chronicle {
    return this.chronicles.get(name) as Chronicle;
  }
}

function outcomeOf(reply: { value: unknown } | { code: string }): [Outcome, string?] {
  if ('value' in reply) return ['acknowledged'];
  if (rejected.includes(reply.code)) return ['rejected', reply.code];
  if (unconfirmed.includes(reply.code)) return ['unconfirmed', reply.code];
  throw new Error(`A write failed with ${reply.code}`);
}

import { createHash } from 'node:crypto';
import { fail } from '../../kit/history';
import type { StateCall } from './words';

/** A place in the log of a state. */
export interface Place {
  readonly epoch: string;
  readonly offset: number;
}

/** @returns `undefined` for a cursor that names no place. */
export function placeOf(cursor: string): Place | undefined {
  const [, epoch, offset] = /^([^.!]+)\.(\d+)(?:!.*)?$/.exec(cursor) ?? [];
  return epoch === undefined ? undefined : { epoch, offset: Number(offset) };
}

/** A value as text, or its digest if it is long. `undefined` for a deletion. */
export type Note = string | undefined;

const longest = 200;

export function noteOf(value: unknown): string {
  const text = JSON.stringify(value);
  if (text.length <= longest) return text;
  return JSON.stringify({ w: numberOf(text), of: createHash('sha1').update(text).digest('hex') });
}

/** The number of the write that a value is of. */
export const numberOf = (note: string): number | undefined => (JSON.parse(note) as { w?: number }).w;

export type Outcome = 'acknowledged' | 'rejected' | 'unconfirmed';

/** A write, and what became of it. */
export interface Write {
  readonly n: number;
  readonly call: StateCall;
  readonly begunAt: number;
  settledAt: number;
  outcome: Outcome | undefined;
  code: string | undefined;
  id: string | undefined;
}

/** A message of the log: a key and its value. */
export interface Entry {
  readonly offset: number;
  readonly key: string;
  readonly note: Note;
  /** Who has told of it first, and when. */
  readonly by: string;
}

/** What a chronicle is of. */
export type ChronicleKind =
  /** A state: each value is written once. */
  | 'state'
  /** The members of a presence: a value is written again where a member comes back. */
  | 'members'
  /** The number of members. */
  | 'count';

/** Everything that was written to one state, and all the places where it was seen. */
export class Chronicle {
  readonly writes = new Map<number, Write>();
  readonly epochs = new Map<string, Map<number, Entry>>();
  readonly #seen = new Set<number>();
  readonly #offsets = new Map<number, number>();
  readonly #notes = new Map<number, string>();
  /** The keys of which numbers were said, of members. */
  readonly #said = new Map<number, string>();

  constructor(
    readonly name: string,
    readonly kind: ChronicleKind,
  ) {}

  /** Must be called before the write, so that no client can see it earlier. */
  begin(n: number, call: StateCall): Write {
    const write: Write = {
      n,
      call,
      begunAt: Date.now(),
      settledAt: Number.POSITIVE_INFINITY,
      outcome: undefined,
      code: undefined,
      id: undefined,
    };
    this.writes.set(n, write);
    return write;
  }

  /** A member says this number of itself from now on. */
  say(n: number, key: string): void {
    this.#said.set(n, key);
  }

  settle(write: Write, outcome: Outcome, code?: string): void {
    Object.assign(write, { outcome, code, settledAt: Date.now() });
    if (outcome === 'rejected' && this.#seen.has(write.n)) this.#say(`${write.n} was rejected, but had been seen`);
  }

  /** Takes note of a value that somebody shows. */
  sees(key: string, note: Note): void {
    if (note === undefined || this.kind === 'count') return;
    const n = numberOf(note) ?? -1;
    if (this.kind === 'members') {
      if (this.#said.get(n) !== key) this.#say(`${key} has ${note}, which it has never said`);
      return;
    }
    const write = this.writes.get(n);
    const wrote = write && 'key' in write.call ? write.call.key : undefined;
    if (write === undefined || wrote !== key) this.#say(`${key} has ${note}, which was never written`);
    if (write?.outcome === 'rejected') this.#say(`${key} has ${note}, whose write was rejected`);
    const known = this.#notes.get(n) ?? note;
    if (known !== note) this.#say(`${n} has written both ${known} and ${note}`);
    this.#notes.set(n, note);
    this.#seen.add(n);
  }

  /** Takes note of the message at a place. */
  names({ epoch, offset }: Place, key: string, note: Note, who = 'somebody'): void {
    this.sees(key, note);
    const by = `${who}, at ${Date.now()}`;
    const entries = this.epochs.get(epoch) ?? new Map<number, Entry>();
    this.epochs.set(epoch, entries);
    const known = entries.get(offset);
    if (known && (known.key !== key || known.note !== note))
      this.#say(`${epoch}.${offset} is both ${known.key} ${known.note} (${known.by}) and ${key} ${note} (${by})`);
    if (!known) entries.set(offset, { offset, key, note, by });
    if (note === undefined || this.kind !== 'state') return;
    const n = numberOf(note) as number;
    const before = this.#offsets.get(n) ?? offset;
    if (before !== offset) this.#say(`${note} is at the offsets ${before} and ${offset}`);
    this.#offsets.set(n, offset);
  }

  /** Takes note of deletions of which their callers know the places, and nobody else. */
  nameDeletions(): void {
    const writes = [...this.writes.values()].filter(({ outcome }) => outcome === 'acknowledged');
    const others = new Set(writes.flatMap(({ call, id }) => (call.what === 'delete' ? [] : [id])));
    for (const { call, id = '' } of writes) {
      const place = placeOf(id);
      if (call.what !== 'delete' || place === undefined || place.offset === 0) continue;
      // Where there was nothing to delete, the place is that of the newest message.
      const isKnown = others.has(id) || this.epochs.get(place.epoch)?.has(place.offset);
      if (!isKnown) this.names(place, call.key, undefined, 'its caller');
    }
  }

  /** The offset of a value. A state keeps it under a new epoch. */
  offsetOf(note: string): number | undefined {
    return this.#offsets.get(numberOf(note) as number);
  }

  /** The value that a write has left, if somebody has seen it. */
  noteBy(n: number): string | undefined {
    return this.#notes.get(n);
  }

  #say(what: string): never {
    fail(`${this.name}: ${what}`);
  }
}

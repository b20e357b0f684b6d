import type { Position } from './cursor';
import type { Entry } from './entry';
import { Log } from './log';
import type { LogLimits } from './log-limits';
import type { LogTally } from './log-tally';
import type { Message } from './message';
import type { Resumption } from './resumption';

/** The most bytes of values in one part of a snapshot, but for a single value that is larger. */
const partBytes = 64 * 1024;

/** The fewest slots that are worth being cleared of holes. */
const minSlots = 32;

const nothingElse: LogLimits = {
  count: Number.POSITIVE_INFINITY,
  bytes: Number.POSITIVE_INFINITY,
  age: Number.POSITIVE_INFINITY,
};

/** Limits of the deletions that a {@link StateLog} keeps. */
export interface DeletionLimits {
  /** The most deletions. */
  readonly deletions: number;
  /** Milliseconds to keep a deletion. */
  readonly deletionAge: number;
}

/**
 * A log that keeps the newest message of each key, and nothing else. A message takes the place of
 * the one before it with the same key. Whoever reads on from an offset gets the newest message of
 * each key that has changed since, in the order of the changes.
 *
 * A deletion is a message too, so that readers learn of it. When deletions are evicted, the floor
 * is after them: before it, a reader cannot know which keys are gone, and needs a snapshot.
 */
export class StateLog extends Log {
  /** In the order of their offsets. A message that another one has replaced leaves a hole. */
  #slots: (Entry | undefined)[] = [];
  /** The offsets of the slots, with those of the holes. */
  #offsets: number[] = [];
  readonly #slotOf = new Map<string, number>();
  /** The keys that are deleted. The one that was deleted the longest ago comes first. */
  readonly #deleted = new Set<string>();
  readonly #limits: DeletionLimits;
  #floor = 0;
  #bytes = 0;
  /** The slot of the entry that {@link next} returned last. */
  #lastRead = 0;
  #parts: readonly (readonly Message[])[] | undefined;

  constructor(epoch: string, limits: DeletionLimits, isBeginning?: (epoch: string) => boolean, tally?: LogTally) {
    super(epoch, nothingElse, 0, isBeginning, tally);
    this.#limits = limits;
  }

  override get isState(): boolean {
    return true;
  }

  override get floor(): number {
    return this.#floor;
  }

  /** The number of keys that have a value. */
  get keys(): number {
    return this.#slotOf.size - this.#deleted.size;
  }

  /** The number of messages, with the deletions. */
  override get count(): number {
    return this.#slotOf.size;
  }

  override get bytes(): number {
    return this.#bytes;
  }

  /** Appends a message, which must have a key. */
  override append(message: Message, time: number): Entry {
    const key = message.key as string;
    const replaced = this.#slotOf.get(key);
    if (replaced !== undefined) this.#clear(replaced);
    const entry = this.number(message, time);
    this.#slotOf.set(key, this.#slots.length);
    this.#slots.push(entry);
    this.#offsets.push(entry.offset);
    this.#bytes += message.size;
    this.tally?.add(message);
    this.#deleted.delete(key);
    if (message.isDeletion) this.#deleted.add(key);
    this.#parts = undefined;
    this.#closeHoles();
    return entry;
  }

  /** Returns the newest entry of a key, which may be a deletion. */
  newest(key: string): Entry | undefined {
    const slot = this.#slotOf.get(key);
    return slot === undefined ? undefined : this.#slots[slot];
  }

  /** True while no other message has taken the place of this one. */
  isNewest(message: Message): boolean {
    return this.newest(message.key as string)?.message === message;
  }

  /** After a gap, everything is read again: a value may be older than a deletion that is gone. */
  override resume(position: Position): Resumption {
    const { offset, gap } = super.resume(position);
    return gap ? { offset: 0, gap } : { offset };
  }

  override next(offset: number): Entry | undefined {
    if (offset >= this.head) return undefined;
    let slot = this.#offsets[this.#lastRead] === offset ? this.#lastRead + 1 : this.#slotAfter(offset);
    while (slot < this.#slots.length && this.#slots[slot] === undefined) slot++;
    this.#lastRead = slot;
    return this.#slots[slot];
  }

  /** The entries of all keys that have a value, in the order of their changes. */
  *values(): Generator<Entry> {
    for (const entry of this.#slots) if (entry && !entry.message.isDeletion) yield entry;
  }

  /** The oldest entry that is no deletion. */
  get oldest(): Entry | undefined {
    return this.values().next().value ?? undefined;
  }

  /** All values, in parts. It returns the same parts until something changes. */
  get parts(): readonly (readonly Message[])[] {
    this.#parts ??= inParts(this.values());
    return this.#parts;
  }

  /** No limit of a state evicts a value. */
  override floorAt(): number {
    return this.#floor;
  }

  /** Evicts the deletions that are too old or too many. */
  override evict(now: number): void {
    for (const key of this.#deleted) {
      const slot = this.#slotOf.get(key) as number;
      const { time, offset } = this.#slots[slot] as Entry;
      const isKept = this.#deleted.size <= this.#limits.deletions && now - time < this.#limits.deletionAge;
      if (isKept) break;
      this.#deleted.delete(key);
      this.#slotOf.delete(key);
      this.#clear(slot);
      this.#floor = offset;
    }
    this.#closeHoles();
  }

  /** The time at which the oldest deletion becomes too old. `undefined` where there is none. */
  override get expires(): number | undefined {
    const [key] = this.#deleted;
    return key === undefined ? undefined : (this.newest(key) as Entry).time + this.#limits.deletionAge;
  }

  override get isDrained(): boolean {
    return this.#slotOf.size === 0;
  }

  /** Drops a message of a state that is forgotten as a whole. */
  override dropOldest(): boolean {
    const [first] = this.#slotOf;
    if (first === undefined) return false;
    const [key, slot] = first;
    this.#clear(slot);
    this.#slotOf.delete(key);
    this.#deleted.delete(key);
    this.#parts = undefined;
    return true;
  }

  #clear(slot: number): void {
    const { message } = this.#slots[slot] as Entry;
    this.#slots[slot] = undefined;
    this.#bytes -= message.size;
    this.tally?.remove(message);
  }

  /** Finds the first slot after an offset. */
  #slotAfter(offset: number): number {
    let [low, high] = [0, this.#offsets.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#offsets[middle] as number) > offset) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Half of the slots may be holes, so that each append pays for a constant number of them. */
  #closeHoles(): void {
    if (this.#slots.length < Math.max(minSlots, 2 * this.#slotOf.size)) return;
    this.#slots = this.#slots.filter((entry) => entry !== undefined);
    this.#offsets = this.#slots.map((entry) => (entry as Entry).offset);
    for (const [slot, entry] of this.#slots.entries()) this.#slotOf.set(entry?.message.key as string, slot);
    this.#lastRead = 0;
  }
}

function inParts(entries: Iterable<Entry>): readonly (readonly Message[])[] {
  const parts: Message[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const { message } of entries) {
    if (bytes + message.size > partBytes) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(message);
    bytes += message.size;
  }
  return parts;
}

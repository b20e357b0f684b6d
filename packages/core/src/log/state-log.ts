import type { Position } from './cursor';
import type { Entry } from './entry';
import { Log } from './log';
import type { LogLimits } from './log-limits';
import type { LogTally } from './log-tally';
import type { Message } from './message';
import { NewestEntries } from './newest-entries';
import type { Resumption } from './resumption';

/** The most bytes of values in one part of a snapshot, but for a single value that is larger. */
export const statePartBytes = 64 * 1024;

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
  readonly #entries = new NewestEntries();
  /** The keys that are deleted. The one that was deleted the longest ago comes first. */
  readonly #deleted = new Set<string>();
  readonly #limits: DeletionLimits;
  #floor: number;
  /** The offset up to which a copy has left out messages. */
  #skipped = 0;
  #bytes = 0;
  #parts: readonly (readonly Message[])[] | undefined;
  #partKeys: readonly string[] | undefined;

  /** @param floor for a copy: the offset of its newest deletion that is evicted. Defaults to 0. */
  constructor(
    epoch: string,
    limits: DeletionLimits,
    isBeginning?: (epoch: string) => boolean,
    tally?: LogTally,
    floor = 0,
  ) {
    super(epoch, nothingElse, 0, isBeginning, tally);
    this.#limits = limits;
    this.#floor = floor;
  }

  override get isState(): boolean {
    return true;
  }

  override get head(): number {
    return Math.max(super.head, this.#skipped);
  }

  override get floor(): number {
    return this.#floor;
  }

  /** The keys that have a value. */
  get keys(): number {
    return this.#entries.size - this.#deleted.size;
  }

  /** The number of messages, with the deletions. */
  override get count(): number {
    return this.#entries.size;
  }

  /** The bytes of the values and their keys. Deletions have a limit of their own. */
  override get bytes(): number {
    return this.#bytes;
  }

  /** Appends a message, which must have a key. */
  override append(message: Message, time: number): Entry {
    const key = message.key as string;
    this.#drop(key);
    const entry = this.number(message, time, this.head + 1);
    this.#entries.add(key, entry);
    if (!message.isDeletion) this.#bytes += message.size;
    this.tally?.add(message);
    if (message.isDeletion) this.#deleted.add(key);
    this.#parts = this.#partKeys = undefined;
    return entry;
  }

  /**
   * Lets the next message come after this offset, where a copy leaves out messages whose places
   * others have taken. It does nothing where the head is there already.
   */
  skipTo(offset: number): void {
    this.#skipped = Math.max(this.#skipped, offset);
  }

  /** Returns the newest entry of a key, which may be a deletion. */
  newest(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  /** After a gap, everything is read again: a value may be older than a deletion that is gone. */
  override resume(position: Position): Resumption {
    const { offset, gap } = super.resume(position);
    return gap ? { offset: 0, gap } : { offset };
  }

  override next(offset: number): Entry | undefined {
    return offset < this.head ? this.#entries.after(offset) : undefined;
  }

  /** The entries of all keys that have a value, in the order of their changes. */
  *values(): Generator<Entry> {
    for (const entry of this.#entries) if (!entry.message.isDeletion) yield entry;
  }

  /** The oldest entry that is no deletion. */
  get oldest(): Entry | undefined {
    return this.values().next().value ?? undefined;
  }

  /** All values, in parts. It returns the same parts until something changes. */
  get parts(): readonly (readonly Message[])[] {
    return (this.#parts ??= inParts(this.values()));
  }

  /** The keys of {@link parts}. */
  get partKeys(): readonly string[] {
    return (this.#partKeys ??= Array.from(this.values(), ({ message }) => message.key as string));
  }

  /** No limit of a state evicts a value. */
  override floorAt(): number {
    return this.#floor;
  }

  /** Evicts the deletions that are too old or too many. */
  override evict(now: number): void {
    for (const key of this.#deleted) {
      const { time, offset } = this.newest(key) as Entry;
      if (this.#deleted.size <= this.#limits.deletions && now - time < this.#limits.deletionAge) return;
      this.#drop(key);
      this.#floor = offset;
    }
  }

  /** The time at which the oldest deletion becomes too old. `undefined` where there is none. */
  override get expires(): number | undefined {
    const [key] = this.#deleted;
    return key === undefined ? undefined : (this.newest(key) as Entry).time + this.#limits.deletionAge;
  }

  override get isDrained(): boolean {
    return this.#entries.size === 0;
  }

  /** Drops a message of a state that is forgotten as a whole. */
  override dropOldest(): boolean {
    const { oldestKey } = this.#entries;
    if (oldestKey === undefined) return false;
    this.#drop(oldestKey);
    this.#parts = this.#partKeys = undefined;
    return true;
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#deleted.delete(key);
    if (!entry.message.isDeletion) this.#bytes -= entry.message.size;
    this.tally?.remove(entry.message);
  }
}

function inParts(entries: Iterable<Entry>): readonly (readonly Message[])[] {
  const parts: Message[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const { message } of entries) {
    if (bytes + message.size > statePartBytes) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(message);
    bytes += message.size;
  }
  return parts;
}

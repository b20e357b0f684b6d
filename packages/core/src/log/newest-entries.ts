import type { Entry } from './entry';

/** The fewest slots that are worth being cleared of holes. */
const minSlots = 32;

/** The newest entry of each key, in the order of their offsets. */
export class NewestEntries {
  /** An entry that is replaced or deleted leaves a hole. */
  #slots: (Entry | undefined)[] = [];
  /** The offsets of the slots, with those of the holes. */
  #offsets: number[] = [];
  readonly #slotOf = new Map<string, number>();
  /** The slot of the entry that {@link after} returned last. */
  #lastRead = 0;
  /** No slot before it has an entry. */
  #first = 0;

  get size(): number {
    return this.#slotOf.size;
  }

  /** The key of the oldest entry. `undefined` where there is none. */
  get oldestKey(): string | undefined {
    // The first key of a map is found by a search over all those that were deleted before it.
    while (this.#first < this.#slots.length && this.#slots[this.#first] === undefined) this.#first++;
    return this.#slots[this.#first]?.message.key;
  }

  get(key: string): Entry | undefined {
    const slot = this.#slotOf.get(key);
    return slot === undefined ? undefined : this.#slots[slot];
  }

  /** Adds an entry, whose offset must be the greatest, in the place of the one with its key. */
  add(key: string, entry: Entry): void {
    this.delete(key);
    this.#slotOf.set(key, this.#slots.length);
    this.#slots.push(entry);
    this.#offsets.push(entry.offset);
  }

  delete(key: string): void {
    const slot = this.#slotOf.get(key);
    if (slot === undefined) return;
    this.#slots[slot] = undefined;
    this.#slotOf.delete(key);
    this.#closeHoles();
  }

  /** Returns the first entry after an offset. */
  after(offset: number): Entry | undefined {
    let slot = this.#offsets[this.#lastRead] === offset ? this.#lastRead + 1 : this.#slotAfter(offset);
    while (slot < this.#slots.length && this.#slots[slot] === undefined) slot++;
    this.#lastRead = slot;
    return this.#slots[slot];
  }

  *[Symbol.iterator](): Generator<Entry> {
    for (const entry of this.#slots) if (entry) yield entry;
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

  /** Half of the slots may be holes, so that each entry pays for a constant number of them. */
  #closeHoles(): void {
    if (this.#slots.length < Math.max(minSlots, 2 * this.#slotOf.size)) return;
    const entries = [...this];
    this.#slots = entries;
    this.#offsets = entries.map(({ offset }) => offset);
    for (const [slot, { message }] of entries.entries()) this.#slotOf.set(message.key as string, slot);
    this.#lastRead = 0;
    this.#first = 0;
  }
}

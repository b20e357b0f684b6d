import type { Entry } from './entry';

/** A ring without entries costs little. */
const noSlots: (Entry | undefined)[] = [];
/** The fewest slots of a ring that has had entries. */
const minSlots = 8;

/**
 * Entries whose offsets follow each other, in a buffer that grows and shrinks with their number. An
 * entry is in the slot `offset & mask`. To add and to remove one takes constant time.
 */
export class EntryRing {
  #slots = noSlots;
  #mask = -1;

  /** Returns the entry of an offset, which must be there. */
  at(offset: number): Entry {
    return this.#slots[offset & this.#mask] as Entry;
  }

  /** Adds an entry after `count` others. */
  push(entry: Entry, count: number): void {
    if (count > this.#mask) this.#resize(slotsFor(count + 1), entry.offset - count, entry.offset);
    this.#slots[entry.offset & this.#mask] = entry;
  }

  remove(offset: number): void {
    this.#slots[offset & this.#mask] = undefined;
  }

  /** Does not keep the slots of a ring that was long, when it has become short. */
  shrink(floor: number, head: number): void {
    const count = head - floor;
    if (this.#slots.length <= minSlots || count * 4 > this.#slots.length) return;
    this.#resize(slotsFor(count * 2), floor + 1, head + 1);
  }

  /** @param length a power of two that has room for all entries. */
  #resize(length: number, first: number, end: number): void {
    const slots = new Array<Entry | undefined>(length);
    const mask = length - 1;
    for (let offset = first; offset < end; offset++) slots[offset & mask] = this.at(offset);
    this.#slots = slots;
    this.#mask = mask;
  }
}

/** Returns the power of two that has room for so many entries. */
const slotsFor = (count: number): number => Math.max(minSlots, 2 ** Math.ceil(Math.log2(Math.max(1, count))));

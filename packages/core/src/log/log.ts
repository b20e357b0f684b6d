import type { Position } from './cursor';
import type { Entry } from './entry';
import { EntryRing } from './entry-ring';
import { defaultLogLimits, type LogLimits } from './log-limits';
import type { LogTally } from './log-tally';
import type { Message } from './message';
import { lost, type Outcome } from './outcome';
import { gapAfter, type Resumption } from './resumption';

const never = () => false;

/**
 * The history of a channel: its newest messages, within limits. Offsets count 1, 2, 3 … and are
 * never used twice in one epoch. Append and eviction of a message take constant time, and so does
 * each message that is read.
 *
 * Nothing is evicted until {@link evict} is called, after the hub has written it to its clients.
 *
 * @example
 * ```ts
 * import { Log } from '@pushwire/core';
 *
 * const log = new Log('k3v9', { count: 2, bytes: Infinity, age: Infinity });
 * const message = { kind: 'text', body: 'hello', event: undefined, size: 5 } as const;
 * for (let n = 1; n <= 3; n++) log.append(message, Date.now());
 * log.evict(Date.now());
 * const { gap, entries } = log.read({ epoch: 'k3v9', offset: 0 });
 * console.log(gap, entries.length); // evicted 2
 * ```
 */
export class Log {
  readonly #ring = new EntryRing();
  #bytes = 0;
  #head: number;
  #floor: number;
  /** The offset up to which messages were dropped by {@link dropOldest}. */
  #dropped: number;
  #ended = false;
  #outcome: Outcome | undefined;
  #lastTime = Number.NEGATIVE_INFINITY;

  /**
   * @param epoch the name of this life of the log: 1 to 16 letters, digits, `-` and `_`, but not
   * `-` alone. Another life must have another name.
   * @param start the offset after which the log begins. Defaults to 0.
   * @param isBeginning returns true for another epoch if nothing was published since the log had
   * that one, so that offset 0 in it is offset 0 of this life. By default there is no such epoch.
   * @param tally counts the messages of several logs together. No default.
   */
  constructor(
    readonly epoch: string,
    readonly limits: LogLimits = defaultLogLimits,
    start = 0,
    readonly isBeginning: (epoch: string) => boolean = never,
    readonly tally?: LogTally,
  ) {
    this.#head = this.#floor = this.#dropped = start;
  }

  /** True for the log of a state, which keeps the newest message of each key. */
  get isState(): boolean {
    return false;
  }

  /** The offset of the newest message, or `start` before the first one. */
  get head(): number {
    return this.#head;
  }

  /** The offset after which all messages are kept. */
  get floor(): number {
    return this.#floor;
  }

  get count(): number {
    return this.#head - this.#floor;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** `undefined` before the end of a run, and for channels. */
  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  end(outcome?: Outcome): void {
    this.#ended = true;
    this.#outcome = outcome;
  }

  /** @param time the time of its publishing, in ms, or the last message's time if that is later. */
  append(message: Message, time: number): Entry {
    const { count } = this;
    const entry = this.number(message, time);
    this.#ring.push(entry, count);
    this.#bytes += message.size;
    this.tally?.add(message);
    return entry;
  }

  /** Gives a message the next offset, or a later one. */
  protected number(message: Message, time: number, offset = this.#head + 1): Entry {
    this.#lastTime = Math.max(this.#lastTime, time);
    this.#head = offset;
    return { offset, time: this.#lastTime, message };
  }

  get isDrained(): boolean {
    return this.#dropped === this.#head;
  }

  /**
   * Drops the oldest message that is not dropped yet, whatever the limits say. The next
   * {@link evict} evicts it, so that the hub can write it to its clients before.
   *
   * @returns false where there is none.
   */
  dropOldest(): boolean {
    if (this.isDrained) return false;
    const { message } = this.at(++this.#dropped);
    this.tally?.remove(message);
    return true;
  }

  /** Returns the floor that the limits demand at the time `now`. */
  floorAt(now: number): number {
    const { count, bytes, age } = this.limits;
    let floor = this.#floor;
    for (let kept = this.#bytes; floor < this.#head; floor++) {
      const { message, time } = this.at(floor + 1);
      const fits = this.#head - floor <= count && kept <= bytes && now - time < age;
      if (fits && bytes > 0 && floor >= this.#dropped) break;
      kept -= message.size;
    }
    return floor;
  }

  /** Drops the oldest messages until the limits are met at the time `now`. */
  evict(now: number): void {
    const floor = this.floorAt(now);
    while (this.#dropped < floor) this.dropOldest();
    // Whoever still reads a run that is forgotten does not get the rest.
    if (this.#outcome && this.#floor < floor) this.#outcome = lost;
    while (this.#floor < floor) {
      const oldest = this.at(++this.#floor);
      this.#ring.remove(oldest.offset);
      this.#bytes -= oldest.message.size;
    }
    this.#ring.shrink(this.#floor, this.#head);
  }

  /**
   * The time at which the oldest message becomes too old, in ms on the hub's clock. `undefined`
   * while the log keeps no message.
   */
  get expires(): number | undefined {
    return this.#floor === this.#head ? undefined : this.at(this.#floor + 1).time + this.limits.age;
  }

  /** Returns the first entry after an offset that is not before the floor, if there is one. */
  next(offset: number): Entry | undefined {
    return offset < this.#head ? this.at(offset + 1) : undefined;
  }

  /** Returns the entry of an offset, which must be after the floor and not after the head. */
  at(offset: number): Entry {
    return this.#ring.at(offset);
  }

  /** True if a position is of this life of the log. */
  has({ epoch, offset }: Position): boolean {
    return epoch === this.epoch || (offset === 0 && this.isBeginning(epoch));
  }

  /**
   * Finds the place where reading continues. After a gap, it is before the oldest kept message. A
   * lossy log has no gaps.
   */
  resume(position: Position): Resumption {
    const gap = gapAfter(position, this);
    if (gap === undefined) return { offset: position.offset };
    return this.limits.lossy ? { offset: this.floor } : { offset: this.floor, gap };
  }

  /** Reads all messages after a position. After a gap, these are all messages that are kept. */
  read(position: Position): Resumption & { readonly entries: readonly Entry[] } {
    const resumption = this.resume(position);
    const entries: Entry[] = [];
    let entry = this.next(resumption.offset);
    for (; entry; entry = this.next(entry.offset)) entries.push(entry);
    return { ...resumption, entries };
  }
}

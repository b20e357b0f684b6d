import { foreignEpoch, type Position } from './cursor';
import type { Message } from './message';

/** Limits of a channel's history. The oldest messages are evicted until all three are met. */
export interface LogLimits {
  /** The most messages. 0 keeps nothing, and `Infinity` means no limit. Defaults to 1000. */
  readonly count: number;
  /**
   * The most bytes of bodies and event names. 0 keeps nothing, and `Infinity` means no limit.
   * Defaults to 1048576 (1 MiB).
   */
  readonly bytes: number;
  /**
   * Milliseconds that a message is kept. 0 keeps nothing, and `Infinity` means no limit. Defaults
   * to 600000 ms (10 minutes).
   */
  readonly age: number;
}

export const defaultLogLimits: LogLimits = { count: 1000, bytes: 1024 * 1024, age: 600_000 };

/** A message in its place in a log. */
export interface Entry {
  readonly offset: number;
  /** The time of its append, in ms on the hub's clock. */
  readonly time: number;
  readonly message: Message;
}

/** The reason why a log cannot be read from a client's position. */
export type GapReason =
  /** The next messages were evicted. */
  | 'evicted'
  /** The position belongs to another life of the log. */
  | 'epoch'
  /** The position is after the newest message. */
  | 'ahead'
  /** The client's cursor is none of this protocol, such as an id of the page's former server. */
  | 'foreign';

/** The place where reading continues. With a `gap`, it is not the client's position. */
export interface Resumption {
  readonly offset: number;
  readonly gap?: GapReason;
}

/**
 * The history of a channel: its newest messages, within limits. Offsets count 1, 2, 3 … and are
 * never used twice in one epoch. Append and eviction of a message take constant time, and so does
 * each message that is read.
 *
 * Nothing is evicted until {@link evict} is called, so that the hub can first write new messages to
 * its clients, even where the limits keep nothing.
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
  /** A ring buffer: the entry of an offset is in the slot `offset & mask`. */
  #slots: (Entry | undefined)[] = new Array(8);
  #mask = 7;
  #bytes = 0;
  #head: number;
  #floor: number;
  #ended = false;
  #lastTime = Number.NEGATIVE_INFINITY;

  /**
   * @param epoch the name of this life of the log: 1 to 16 letters, digits, `-` and `_`, but not
   * `-` alone. Another life must have another name.
   * @param start the offset after which the log begins. Defaults to 0.
   * @param isBeginning returns true for another epoch if nothing was published since the log had
   * that one, so that offset 0 in it is offset 0 of this life. By default there is no such epoch.
   */
  constructor(
    readonly epoch: string,
    readonly limits: LogLimits = defaultLogLimits,
    start = 0,
    readonly isBeginning: (epoch: string) => boolean = () => false,
  ) {
    this.#head = start;
    this.#floor = start;
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

  /** True after `end()`: nothing more is appended. */
  get ended(): boolean {
    return this.#ended;
  }

  end(): void {
    this.#ended = true;
  }

  /** @param time the time of its publishing, in ms, or the last message's time if that is later. */
  append(message: Message, time: number): Entry {
    if (this.count > this.#mask) this.#grow();
    this.#lastTime = Math.max(this.#lastTime, time);
    const entry = { offset: ++this.#head, time: this.#lastTime, message };
    this.#slots[entry.offset & this.#mask] = entry;
    this.#bytes += message.size;
    return entry;
  }

  /** Returns the floor that the limits demand at the time `now`. */
  floorAt(now: number): number {
    const { count, bytes, age } = this.limits;
    let floor = this.#floor;
    for (let kept = this.#bytes; floor < this.#head; floor++) {
      const { message, time } = this.at(floor + 1);
      const fits = this.#head - floor <= count && kept <= bytes && now - time < age;
      if (fits && bytes > 0) break;
      kept -= message.size;
    }
    return floor;
  }

  /** Drops the oldest messages until the limits are met at the time `now`. */
  evict(now: number): void {
    const floor = this.floorAt(now);
    while (this.#floor < floor) {
      const oldest = this.at(++this.#floor);
      this.#slots[oldest.offset & this.#mask] = undefined;
      this.#bytes -= oldest.message.size;
    }
  }

  /**
   * The time at which the oldest message becomes too old, in ms on the hub's clock. `undefined`
   * while the log keeps no message.
   */
  get expires(): number | undefined {
    return this.#floor === this.#head ? undefined : this.at(this.#floor + 1).time + this.limits.age;
  }

  /** Returns the entry of an offset, which must be after the floor and not after the head. */
  at(offset: number): Entry {
    return this.#slots[offset & this.#mask] as Entry;
  }

  /** True if a position is of this life of the log. */
  has({ epoch, offset }: Position): boolean {
    return epoch === this.epoch || (offset === 0 && this.isBeginning(epoch));
  }

  /** Finds the place where reading continues. After a gap, it is before the oldest kept message. */
  resume(position: Position): Resumption {
    const { epoch, offset } = position;
    if (!this.has(position)) return { offset: this.#floor, gap: epoch === foreignEpoch ? 'foreign' : 'epoch' };
    if (offset > this.#head) return { offset: this.#floor, gap: 'ahead' };
    if (offset < this.#floor) return { offset: this.#floor, gap: 'evicted' };
    return { offset };
  }

  /** Reads all messages after a position. After a gap, these are all messages that are kept. */
  read(position: Position): Resumption & { readonly entries: readonly Entry[] } {
    const resumption = this.resume(position);
    const entries: Entry[] = [];
    for (let offset = resumption.offset + 1; offset <= this.#head; offset++) entries.push(this.at(offset));
    return { ...resumption, entries };
  }

  #grow(): void {
    const slots = new Array<Entry | undefined>(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let offset = this.#floor + 1; offset <= this.#head; offset++) {
      slots[offset & mask] = this.at(offset);
    }
    this.#slots = slots;
    this.#mask = mask;
  }
}

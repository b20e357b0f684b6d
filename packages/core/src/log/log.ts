import type { Position } from './cursor';
import type { Message } from './message';

/** How much of a channel's history is kept; whatever is over any of the three is evicted, oldest first. */
export interface LogLimits {
  /** Messages kept. Default 1,000. 0 keeps nothing, `Infinity` lifts the bound. */
  readonly count: number;
  /** Bytes of body and event name kept. Default 1 MiB. 0 keeps nothing, `Infinity` lifts the bound. */
  readonly bytes: number;
  /** Milliseconds that a message is kept. Default 10 minutes. 0 keeps nothing, `Infinity` lifts the bound. */
  readonly age: number;
}

export const defaultLogLimits: LogLimits = { count: 1000, bytes: 1024 * 1024, age: 600_000 };

/** A message in its place in a log. */
export interface Entry {
  readonly offset: number;
  /** When it was appended, in ms on the hub's clock. */
  readonly time: number;
  readonly message: Message;
}

/** Why a cursor's place cannot be read on from. */
export type GapReason =
  /** The log has moved on past it. */
  | 'evicted'
  /** It is from another life of the log. */
  | 'epoch'
  /** It is ahead of all that was published. */
  | 'ahead';

/** What a position means in a log: `offset` is where reading goes on; with a `gap`, not where the position said. */
export interface Resumption {
  readonly offset: number;
  readonly gap?: GapReason;
}

/**
 * A channel's history: the newest messages, within limits, and nothing else. Offsets count 1, 2, 3 … and are never
 * used twice in one epoch. Appending, evicting and reading at the head take the same time whatever is kept; reading n
 * messages takes time for n.
 *
 * Eviction is a step of its own ({@link evict}), so that the hub can first hand on what has just been appended, even
 * when the limits keep nothing.
 */
export class Log {
  /** A ring: the entry at an offset is in the slot `offset & mask`, which needs no moving when the oldest goes. */
  #slots: (Entry | undefined)[] = new Array(8);
  #mask = 7;
  #bytes = 0;
  #head: number;
  #floor: number;
  #ended = false;
  #lastTime = Number.NEGATIVE_INFINITY;

  /** @param start the offset after which it begins: what came before is gone, or is somebody else's to keep. */
  constructor(
    readonly epoch: string,
    readonly limits: LogLimits = defaultLogLimits,
    start = 0,
  ) {
    this.#head = start;
    this.#floor = start;
  }

  /** The offset of the newest message ever appended; 0 before the first. */
  get head(): number {
    return this.#head;
  }

  /** Everything after this offset is kept. */
  get floor(): number {
    return this.#floor;
  }

  get count(): number {
    return this.#head - this.#floor;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether `end` was called: nothing will be appended any more. */
  get ended(): boolean {
    return this.#ended;
  }

  end(): void {
    this.#ended = true;
  }

  /** @param time when it was published, as far as is known; it counts as no sooner than what is before it. */
  append(message: Message, time: number): Entry {
    if (this.count > this.#mask) this.#grow();
    this.#lastTime = Math.max(this.#lastTime, time);
    const entry = { offset: ++this.#head, time: this.#lastTime, message };
    this.#slots[entry.offset & this.#mask] = entry;
    this.#bytes += message.size;
    return entry;
  }

  /** The floor that the limits ask for at the time `now`: everything up to it is to go. */
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

  /** Drops, oldest first, what the limits do not allow at the time `now`. */
  evict(now: number): void {
    const floor = this.floorAt(now);
    while (this.#floor < floor) {
      const oldest = this.at(++this.#floor);
      this.#slots[oldest.offset & this.#mask] = undefined;
      this.#bytes -= oldest.message.size;
    }
  }

  /** When the oldest message will be too old, in ms on the hub's clock; `undefined` when nothing is kept. */
  get expires(): number | undefined {
    return this.#floor === this.#head ? undefined : this.at(this.#floor + 1).time + this.limits.age;
  }

  /** The entry at an offset between the floor (exclusive) and the head (inclusive). */
  at(offset: number): Entry {
    return this.#slots[offset & this.#mask] as Entry;
  }

  /** Where reading goes on from a position. A gap goes on from the oldest message that is kept. */
  resume({ epoch, offset }: Position): Resumption {
    if (epoch !== this.epoch) return { offset: this.#floor, gap: 'epoch' };
    if (offset > this.#head) return { offset: this.#floor, gap: 'ahead' };
    if (offset < this.#floor) return { offset: this.#floor, gap: 'evicted' };
    return { offset };
  }

  /** All that follows a position, or that there is a gap and then what there is. */
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

import type { StreamState } from './stream-state';

/** Bytes that a command costs beside its own, as messages do in the hub's `limits.logBytes`. */
export const commandOverhead = 200;

/** Milliseconds after its end within which a backplane has deleted a stream at the latest. */
const deletedWithin = 900_000;

/** The shortest time in which streams are counted together that end in it, in ms. */
const minGrain = 60_000;

/** A number of streams, and of the bytes of their logs. */
export interface Count {
  readonly streams: number;
  readonly bytes: number;
}

export const nothing: Count = { streams: 0, bytes: 0 };

/** A change of the count of the streams that are gone at the same time. */
export interface Change extends Count {
  /** The time in ms, or 0 for streams without an end. */
  readonly gone: number;
}

/**
 * Counts streams by the time at which they are gone, since nobody has to be there to count a stream
 * that expires. Times are rounded up to a sixteenth of a stream's life, or less, so that there are
 * few of them, whatever times clients choose.
 */
export class Counts {
  readonly #counts = new Map<number, Count>();

  /** Reads what `toText` has written. */
  static from(text: string): Counts {
    const counts = new Counts();
    for (const [gone, streams, bytes] of JSON.parse(text) as [number, number, number][]) {
      counts.add({ gone, streams, bytes });
    }
    return counts;
  }

  get isEmpty(): boolean {
    return this.#counts.size === 0;
  }

  add({ gone, streams, bytes }: Change): void {
    const before = this.#counts.get(gone) ?? nothing;
    const after = { streams: before.streams + streams, bytes: before.bytes + bytes };
    if (after.streams === 0 && after.bytes === 0) this.#counts.delete(gone);
    else this.#counts.set(gone, after);
  }

  addAll(others: Counts): void {
    for (const [gone, count] of others.#counts) this.add({ gone, ...count });
  }

  forgetGone(now: number): void {
    for (const gone of this.#counts.keys()) if (gone > 0 && gone <= now) this.#counts.delete(gone);
  }

  get total(): Count {
    let { streams, bytes } = nothing;
    for (const count of this.#counts.values()) {
      streams += count.streams;
      bytes += count.bytes;
    }
    return { streams, bytes };
  }

  toText(): string {
    return JSON.stringify([...this.#counts].map(([gone, { streams, bytes }]) => [gone, streams, bytes]));
  }
}

/** The time at which a stream is gone, in ms, or 0 for one without an end. */
export function goneOf({ expires, created, lifetime }: StreamState): number {
  if (expires === Number.POSITIVE_INFINITY) return 0;
  const life = lifetime.ttl === undefined ? expires - created : lifetime.ttl * 1000;
  const grain = Math.max(minGrain, 2 ** Math.floor(Math.log2(Math.max(1, life) / 16)));
  return Math.ceil((expires + deletedWithin) / grain) * grain;
}

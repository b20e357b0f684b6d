import type { Entry } from './entry';
import type { Message } from './message';

/** The most bytes of values in one part, but for a single value that is larger. */
export const statePartBytes = 64 * 1024;

/**
 * The share of a state that may have changed since the parts were made. It bounds what newcomers
 * get twice, and the old values in memory. A write pays for the encoding of so many values at most.
 */
const maxChanged = 1 / 8;

/** The values that a state had after the offset `head`, in parts that all newcomers share. */
export class StateParts {
  readonly parts: readonly (readonly Message[])[];
  readonly keys: readonly string[];
  /** The number of changes that are left before the parts are too old. */
  #count: number;
  #bytes: number;

  constructor(
    readonly head: number,
    entries: Iterable<Entry>,
  ) {
    const parts: Message[][] = [];
    let [all, bytes] = [0, Number.POSITIVE_INFINITY];
    for (const { message } of entries) {
      if (bytes + message.size > statePartBytes) {
        parts.push([]);
        bytes = 0;
      }
      parts.at(-1)?.push(message);
      bytes += message.size;
      all += message.size;
    }
    this.parts = parts;
    this.keys = parts.flatMap((part) => part.map(({ key }) => key as string));
    this.#count = this.keys.length * maxChanged;
    this.#bytes = all * maxChanged;
  }

  /** Counts a change. Returns false if that is too much. */
  allow({ size }: Message): boolean {
    this.#bytes -= size;
    return --this.#count >= 0 && this.#bytes >= 0;
  }
}

import { defaultLogLimits, type LogLimits } from '../log/log-limits';
import type { LogTally } from '../log/log-tally';
import { ownText } from '../log/message';
import type { LogWritten } from './log-write';

interface Remembered {
  readonly written: LogWritten;
  /** The time of the write, in ms. */
  readonly time: number;
}

/**
 * Returns the limits of the idempotency keys of a log, with their defaults.
 *
 * @example
 * ```ts
 * import { keyLimitsOf } from '@pushwire/core/backplanes';
 *
 * const { idempotencyAge } = keyLimitsOf({ count: 10, bytes: Infinity, age: 1000 });
 * console.log(idempotencyAge); // 600000
 * ```
 */
export function keyLimitsOf(limits: LogLimits): { readonly idempotencyKeys: number; readonly idempotencyAge: number } {
  const { idempotencyKeys, idempotencyAge } = defaultLogLimits;
  return { idempotencyKeys, idempotencyAge, ...limits };
}

/**
 * The idempotency keys that a log remembers, within its limits of their number and age. The oldest
 * is forgotten first. Each operation takes constant time for each key that it adds or forgets.
 *
 * @example
 * ```ts
 * import { KeyMemory } from '@pushwire/core/backplanes';
 *
 * const keys = new KeyMemory({ count: 1000, bytes: Infinity, age: Infinity, idempotencyKeys: 10 });
 * keys.add('order 7', { epoch: 'k3v9', from: 0, head: 1, isRepeated: false }, Date.now());
 * console.log(keys.find('order 7', Date.now())?.head); // 1
 * ```
 */
export class KeyMemory {
  /** The keys in the order of their writes. */
  readonly #keys = new Map<string, Remembered>();
  readonly #count: number;
  readonly #age: number;

  /**
   * @param limits `idempotencyKeys` and `idempotencyAge` of them, or their defaults.
   * @param tally counts the keys of several logs together, each like a message. No default.
   */
  constructor(
    limits: LogLimits,
    readonly tally?: Pick<LogTally, 'add' | 'remove'>,
  ) {
    const { idempotencyKeys, idempotencyAge } = keyLimitsOf(limits);
    this.#count = idempotencyKeys;
    this.#age = idempotencyAge;
  }

  /** Returns the place of the first write with a key, or `undefined` if it is not remembered. */
  find(key: string, now: number): LogWritten | undefined {
    this.evict(now);
    const found = this.#keys.get(key);
    return found && { ...found.written, isRepeated: true };
  }

  /** Remembers a key that {@link find} has not found, and forgets others that are too many. */
  add(key: string, written: LogWritten, now: number): void {
    this.tally?.add({ size: key.length });
    this.#keys.set(ownText(key), { written, time: now });
    this.evict(now);
  }

  /** Forgets the keys that exceed the limits at the time `now`. */
  evict(now: number): void {
    for (const { time } of this.#keys.values()) {
      if (this.#keys.size <= this.#count && now - time < this.#age) return;
      this.dropOldest();
    }
  }

  /** @returns false where there is none. */
  dropOldest(): boolean {
    for (const key of this.#keys.keys()) {
      this.tally?.remove({ size: key.length });
      return this.#keys.delete(key);
    }
    return false;
  }

  get isEmpty(): boolean {
    return this.#keys.size === 0;
  }
}

import type { Clock } from '../time/clock';
import { andThen, type Change } from './change';

/** The most patches of one key that wait. With more, they are written at once. */
const maxPatches = 1000;

/**
 * The most turns in an interval. A key may be written later by the time between two of them, so
 * that keys that were changed one after the other go out together.
 */
const turnsPerInterval = 4;

/** A change that waits for its time, and those whose calls wait for it. */
interface Waiting {
  change: Change;
  readonly written: Promise<string>;
  resolve(id: string | Promise<string>): void;
}

/** A key that was written less than an interval ago. */
interface RecentKey {
  due: number;
  waiting: Waiting | undefined;
}

/**
 * Writes each key at most once in an interval: the first change at once, and those that follow as a
 * single one when the time is over.
 */
export class Throttle {
  /** Those that are due first come first. */
  readonly #keys = new Map<string, RecentKey>();
  #cancel: (() => void) | undefined;

  /**
   * @param every milliseconds between two writes of a key.
   * @param onIdle called when no key was written within the interval.
   */
  constructor(
    readonly clock: Clock,
    readonly every: number,
    readonly write: (key: string, change: Change) => string | Promise<string>,
    readonly onIdle: () => void,
  ) {}

  /**
   * @returns the id of the write that has the change, and maybe others after it.
   * @throws what the write of this change throws.
   */
  change(key: string, change: Change): string | Promise<string> {
    const recent = this.#keys.get(key);
    if (recent === undefined) {
      this.#begin(key);
      this.#cancel ??= this.clock.after(this.every, () => this.#turn());
      return this.write(key, change);
    }
    if (recent.waiting) recent.waiting.change = andThen(recent.waiting.change, change);
    else recent.waiting = wait(change);
    const { written, change: all } = recent.waiting;
    if (all.patches.length > maxPatches) this.flush(key);
    return written;
  }

  /** Writes at once what waits for a key, or for any key. */
  flush(key?: string): void {
    const recent = key === undefined ? [...this.#keys] : [[key, this.#keys.get(key)] as const];
    for (const [name, one] of recent) if (one) this.#write(name, one);
  }

  #write(key: string, recent: RecentKey): void {
    const { waiting } = recent;
    recent.waiting = undefined;
    if (waiting === undefined) return;
    try {
      waiting.resolve(this.write(key, waiting.change));
    } catch (error) {
      waiting.resolve(Promise.reject(error));
    }
  }

  #begin(key: string): void {
    this.#keys.set(key, { due: this.clock.now() + this.every, waiting: undefined });
  }

  #turn(): void {
    this.#cancel = undefined;
    const now = this.clock.now();
    for (const [key, recent] of this.#keys) {
      if (recent.due > now) {
        const delay = Math.max(recent.due - now, this.every / turnsPerInterval);
        this.#cancel = this.clock.after(delay, () => this.#turn());
        return;
      }
      this.#keys.delete(key);
      if (recent.waiting === undefined) continue;
      this.#begin(key);
      this.#write(key, recent);
    }
    this.onIdle();
  }
}

function wait(change: Change): Waiting {
  let resolve: (id: string | Promise<string>) => void = () => {};
  const written = new Promise<string>((settle) => {
    resolve = settle;
  });
  return { change, written, resolve };
}

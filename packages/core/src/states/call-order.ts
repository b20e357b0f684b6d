import type { StateWrite } from '../backplanes/state-store';
import { isPromise } from '../checks/errors';
import { andThen, type Change } from './change';

/** The most patches that are written as one. */
const maxPatches = 1000;

type Condition = StateWrite['ifAt'];

/** Begins a write. It gives a promise only while the write is under way. */
export type BeginWrite = (key: string, change: Change, ifAt: Condition) => string | Promise<string>;

/** A call that waits until those before it are over. */
interface Step<T = unknown> {
  /** `undefined` for a call that writes nothing. */
  change: Change | undefined;
  readonly ifAt: Condition;
  readonly result: Promise<T>;
  /** Begins it. Gives a promise where the next call has to wait for it too. */
  begin(): unknown;
}

/**
 * Lets the calls of this process on one state have their effects in the order in which they were
 * made. A store does so by itself, but a patch reads before it writes: where that takes time, the
 * calls after it wait for it. The changes of a key that wait become one.
 */
export class CallOrder {
  /** The calls that wait, by the keys of which a patch is under way. */
  readonly #waiting = new Map<string, Step[]>();
  /** The calls after one on all keys that waits. */
  #held: (() => void)[] | undefined;

  /** @param onIdle called when nothing waits any more. */
  constructor(
    readonly write: BeginWrite,
    readonly onIdle: () => void,
  ) {}

  /** True while nothing is under way that others have to wait for. */
  get isIdle(): boolean {
    return this.#waiting.size === 0 && this.#held === undefined;
  }

  change(key: string, change: Change, ifAt: Condition): string | Promise<string> {
    if (this.#held) return this.#hold(() => this.change(key, change, ifAt));
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return this.#begin(key, change, ifAt);
    const last = waiting.at(-1);
    if (last?.change && canJoin(last, change, ifAt)) {
      last.change = andThen(last.change, change);
      return last.result as Promise<string>;
    }
    const step: Step<string> = stepOf(change, ifAt, () => this.write(key, step.change as Change, ifAt));
    waiting.push(step);
    return step.result;
  }

  /** Runs a call that reads one key. */
  read<T>(key: string, act: () => T | Promise<T>): T | Promise<T> {
    if (this.#held) return this.#hold(() => this.read(key, act));
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return act();
    const step = stepOf(undefined, undefined, act);
    waiting.push(step);
    return step.result;
  }

  /** Runs a call on all keys. */
  all<T>(act: () => T | Promise<T>): T | Promise<T> {
    if (this.#held) return this.#hold(() => this.all(act));
    if (this.#waiting.size === 0) return act();
    const steps = [...this.#waiting.values()].map((waiting) => {
      const step = stepOf(undefined, undefined, () => {});
      waiting.push(step);
      return step.result;
    });
    this.#held = [];
    return Promise.all(steps).then(() => {
      const held = this.#held as (() => void)[];
      this.#held = undefined;
      try {
        return act();
      } finally {
        for (const begin of held) begin();
        this.#endIfIdle();
      }
    });
  }

  #hold<T>(begin: () => T | Promise<T>): Promise<T> {
    return new Promise((resolve) => {
      this.#held?.push(() => resolve(settled(begin)));
    });
  }

  #begin(key: string, change: Change, ifAt: Condition): string | Promise<string> {
    const written = this.write(key, change, ifAt);
    // Without a patch, it is one step of the store, which keeps their order.
    if (change.patches.length > 0 && isPromise(written)) {
      this.#waiting.set(key, []);
      this.#whenOver(key, written);
    }
    return written;
  }

  #whenOver(key: string, running: PromiseLike<unknown>): void {
    const goOn = () => this.#goOn(key);
    running.then(goOn, goOn);
  }

  #goOn(key: string): void {
    const waiting = this.#waiting.get(key) as Step[];
    for (let step = waiting.shift(); step; step = waiting.shift()) {
      const running = step.begin();
      if (isPromise(running)) {
        this.#whenOver(key, running);
        return;
      }
    }
    this.#waiting.delete(key);
    this.#endIfIdle();
  }

  #endIfIdle(): void {
    if (this.isIdle) this.onIdle();
  }
}

const canJoin = ({ change, ifAt }: Step, next: Change, nextIfAt: Condition): boolean =>
  ifAt === undefined && nextIfAt === undefined && (next.message !== undefined || sizeOf(change) < maxPatches);

const sizeOf = (change: Change | undefined): number => change?.patches.length ?? 0;

/** Runs a function, whose exception becomes a rejection. */
function settled<T>(act: () => T | Promise<T>): T | Promise<T> {
  try {
    return act();
  } catch (error) {
    return Promise.reject(error);
  }
}

function stepOf<T>(change: Change | undefined, ifAt: Condition, act: () => T | Promise<T>): Step<T> {
  let resolve: (result: T | Promise<T>) => void = () => {};
  const result = new Promise<T>((settle) => {
    resolve = settle;
  });
  const step: Step<T> = {
    change,
    ifAt,
    result,
    begin() {
      const running = settled(act);
      resolve(running);
      // A read, and a write without a patch, are one step of the store.
      return sizeOf(step.change) > 0 ? running : undefined;
    },
  };
  return step;
}

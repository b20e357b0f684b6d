import type { Clock } from '../time/clock';

/** The shortest time between two reports, in ms. Failures in between are counted. */
const reportInterval = 1000;

type OnRejected = (promise: OptionalPromise<unknown>, error: unknown) => void;

/**
 * A promise that an app need not await. Its rejection never ends the process. `await`, `catch` and
 * everything else that calls `then` still gets it.
 */
class OptionalPromise<T> extends Promise<T> {
  /** Promises that are derived from it are ordinary ones, unless they have no handler either. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** True once something handles the result. */
  isHandled = false;
  #onRejected: OnRejected = () => {};

  static of<T>(promise: PromiseLike<T>, onRejected: OnRejected): OptionalPromise<T> {
    const optional = new OptionalPromise<T>((resolve) => resolve(promise));
    optional.#onRejected = onRejected;
    Promise.prototype.then.call(optional, undefined, (error) => onRejected(optional, error));
    return optional;
  }

  // biome-ignore lint/suspicious/noThenProperty: a promise has it
  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.isHandled = true;
    const derived = super.then(onFulfilled, onRejected);
    // A chain that only handles success is not awaited either.
    return typeof onRejected === 'function' ? derived : OptionalPromise.of(derived, this.#onRejected);
  }

  override finally(onFinally?: (() => void) | null): Promise<T> {
    return OptionalPromise.of(super.finally(onFinally), this.#onRejected);
  }
}

interface Failure {
  readonly promise: OptionalPromise<unknown>;
  readonly call: string;
  readonly error: unknown;
}

/** The code or the name of an error. An app's own `then()` may have thrown anything. */
function kindOf(error: unknown): string {
  try {
    const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
    return String(code ?? name);
  } catch {
    return '';
  }
}

/** Receives the failures of one kind of call that nothing handled, and how many they were. */
export type ReportUnawaited = (call: string, error: unknown, count: number) => void;

/**
 * Reports the failures of calls whose promises nothing handles, such as a `publish()` in a timer.
 * Failures of one kind within a second are one report.
 */
export class UnawaitedCalls {
  /** The rejections of this turn. The app can handle them until it is over. */
  #rejected: Failure[] = [];
  readonly #unreported = new Map<string, { readonly failure: Failure; count: number }>();
  #nextReport = 0;
  #isWaiting = false;

  constructor(
    readonly clock: Clock,
    readonly report: ReportUnawaited,
  ) {}

  /**
   * Returns the promise of a call in a form that need not be awaited.
   *
   * @param call the name of the call, or `undefined` for one whose failure is not reported.
   */
  optional<T>(call: string | undefined, promise: PromiseLike<T>): Promise<T> {
    if (call === undefined) return OptionalPromise.of(promise, () => {});
    return OptionalPromise.of(promise, (rejected, error) => {
      if (this.#rejected.length === 0) this.clock.soon(() => this.#endTurn());
      this.#rejected.push({ promise: rejected, call, error });
    });
  }

  #endTurn(): void {
    const rejected = this.#rejected;
    this.#rejected = [];
    for (const failure of rejected) if (!failure.promise.isHandled) this.#count(failure);
    if (this.#unreported.size === 0 || this.#isWaiting) return;
    const delay = this.#nextReport - this.clock.now();
    if (delay <= 0) this.#report();
    else {
      this.#isWaiting = true;
      this.clock.after(delay, () => this.#report());
    }
  }

  #count(failure: Failure): void {
    const kind = `${failure.call} ${kindOf(failure.error)}`;
    const known = this.#unreported.get(kind);
    if (known) known.count++;
    else this.#unreported.set(kind, { failure, count: 1 });
  }

  #report(): void {
    this.#isWaiting = false;
    this.#nextReport = this.clock.now() + reportInterval;
    const unreported = [...this.#unreported.values()];
    this.#unreported.clear();
    for (const { failure, count } of unreported) this.report(failure.call, failure.error, count);
  }
}

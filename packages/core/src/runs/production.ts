import { isAbort, isPromise } from '../checks/errors';
import { type Messages, oneOffSource } from '../delivery/iterables';
import { type PullListener, SourcePull } from '../delivery/source-pull';
import { captureContext } from '../time/async-context';
import { checkProduced, isLateIterable, type Produce, type RunSender } from './produce';

/** Receives what the app's function gives, until {@link Production.abort}. */
export interface ProductionListener extends PullListener {
  /** The function has thrown when it was over. */
  onLateThrow(error: unknown): void;
}

/** The app's function that produces a run, called in the async context of the start. */
export class Production implements PullListener {
  readonly #inContext = captureContext();
  readonly #controller = new AbortController();
  readonly #produce: Produce;
  #listener: ProductionListener | undefined;
  #pull: SourcePull | undefined;
  /** Settles when the promise of an async function has. */
  #settled: Promise<void> | undefined;

  constructor(produce: Produce) {
    this.#produce = produce;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Must be called in the async context of the start. */
  begin(run: RunSender, listener: ProductionListener): void {
    this.#listener = listener;
    const { signal } = this;
    try {
      const result = checkProduced(this.#produce({ signal, run }));
      if (isPromise(result)) this.#settled = this.#await(result);
      else this.#iterate(result);
    } catch (error) {
      this.onThrow(error);
    }
  }

  /** Asks for the next item. An async function gives its items unasked. */
  pull(): void {
    this.#pull?.pull();
  }

  /**
   * Fires the signal, and runs the `finally` blocks.
   *
   * @returns a promise that resolves when the function has finished. It may never do so.
   */
  async abort(reason: unknown): Promise<void> {
    if (this.signal.aborted) return;
    this.#inContext(() => this.#controller.abort(reason));
    await this.#settled;
    try {
      await this.#pull?.close();
    } catch (error) {
      this.#listener?.onLateThrow(error);
    }
  }

  onItem(item: Parameters<PullListener['onItem']>[0]): void {
    if (!this.signal.aborted) this.#listener?.onItem(item);
  }

  onEnd(): void {
    if (!this.signal.aborted) this.#listener?.onEnd();
  }

  onThrow(error: unknown): void {
    const { signal } = this;
    if (!signal.aborted) this.#listener?.onThrow(error);
    else if (!isOfAbort(error, signal)) this.#listener?.onLateThrow(error);
  }

  async #await(result: PromiseLike<unknown>): Promise<void> {
    try {
      const value = await result;
      if (isLateIterable(value)) this.#iterate(value);
      else this.onEnd();
    } catch (error) {
      this.onThrow(error);
    }
  }

  /** An iterable that comes too late is closed by {@link abort}. */
  #iterate(messages: Messages): void {
    this.#pull = new SourcePull(oneOffSource(messages), this);
    if (!this.signal.aborted) this.#pull.pull();
  }
}

/** True for what functions throw because their signal has fired. Libraries have classes for it. */
function isOfAbort(error: unknown, { reason }: AbortSignal): boolean {
  if (error === reason) return true;
  try {
    if (!(error instanceof Error)) return isAbort(error);
    return error.cause === reason || /abort/i.test(`${error.name} ${error.constructor.name}`);
  } catch {
    // An app may throw what cannot be looked at.
    return false;
  }
}

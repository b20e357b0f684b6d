import { captureContext } from '../time/async-context';
import type { OneOffSource } from './one-off-source';
import type { SourceItem } from './source-message';

/** Receives what a {@link SourcePull} pulls. */
export interface PullListener {
  onItem(item: SourceItem): void;
  onEnd(): void;
  onThrow(error: unknown): void;
}

/** Pulls the items of a source, one at a time, in the context of the request. */
export class SourcePull {
  readonly #source: OneOffSource;
  readonly #listener: PullListener;
  readonly #inContext = captureContext();
  #isPulling = false;
  #isDone = false;

  constructor(source: OneOffSource, listener: PullListener) {
    this.#source = source;
    this.#listener = listener;
  }

  /** True if the source cannot be made to wait. */
  get isPushed(): boolean {
    return this.#source.isPushed;
  }

  /** Asks for the next item, unless one is awaited or the source is at its end. */
  pull(): void {
    if (this.#isPulling || this.#isDone) return;
    this.#isPulling = true;
    // A drain or a timer, which belongs to no request, may be what pulls.
    this.#inContext(() =>
      this.#source
        .next()
        .then((result) => this.#onResult(result))
        .catch((error) => this.#onThrow(error)),
    );
  }

  #onResult(result: IteratorResult<SourceItem>): void {
    this.#isPulling = false;
    if (!result.done) {
      this.#listener.onItem(result.value);
      return;
    }
    this.#isDone = true;
    this.#listener.onEnd();
  }

  #onThrow(error: unknown): void {
    this.#isPulling = false;
    this.#isDone = true;
    this.#listener.onThrow(error);
  }

  /**
   * Runs the iterable's `finally` blocks, unless it is at its end. The promise rejects with what
   * they throw.
   */
  async close(): Promise<void> {
    if (this.#isDone) return;
    this.#isDone = true;
    await this.#inContext(() => this.#source.close());
  }
}

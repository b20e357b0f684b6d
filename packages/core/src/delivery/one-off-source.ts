import type { SourceItem } from './source-message';

/** A stream of `node:stream`. */
interface NodeStream {
  destroy(): unknown;
  on(event: 'error', listener: () => void): unknown;
}

/**
 * An async iterable that a source gave for one client. It is closed once, whatever becomes of the
 * client: also if the client is refused, and nobody iterates.
 */
export class OneOffSource {
  /** True if it cannot be made to wait, and collects what nobody has taken yet. */
  readonly isPushed: boolean;
  readonly #iterable: AsyncIterable<SourceItem>;
  readonly #isShared: boolean;
  #iterator: AsyncIterator<SourceItem> | undefined;
  #isDone = false;
  #closing: Promise<void> | undefined;

  /** @param isShared true if the route gives the same iterable to each of its clients. */
  constructor(iterable: AsyncIterable<SourceItem>, { isShared = false, isPushed = false } = {}) {
    this.#iterable = iterable;
    this.#isShared = isShared;
    this.isPushed = isPushed;
    // It may fail before anybody iterates, who then gets the error. Without a listener, it would
    // end the process.
    if (isNodeStream(iterable)) iterable.on('error', ignore);
  }

  async next(): Promise<IteratorResult<SourceItem>> {
    try {
      this.#iterator ??= this.#iterable[Symbol.asyncIterator]();
      const result = await this.#iterator.next();
      if (result.done) this.#isDone = true;
      return result;
    } catch (error) {
      this.#isDone = true;
      // A readable stream that is destroyed complains to whoever waits for its next chunk.
      if (this.#closing && isPrematureClose(error)) return { done: true, value: undefined };
      throw error;
    }
  }

  /**
   * Runs the iterable's `finally` blocks, and destroys a stream. Later calls return the first one's
   * promise, which rejects with what the iterable throws.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Closes an iterable that nobody iterates, since its client was refused or has left. */
  async closeUnused(): Promise<void> {
    if (this.#iterator === undefined) await this.close();
  }

  async #close(): Promise<void> {
    const iterator = this.#iterator;
    if (this.#isDone || (iterator === undefined && this.#isShared)) return;
    // The iterator of a readable stream destroys it only once it has begun, and not while it waits.
    if (isNodeStream(this.#iterable)) this.#iterable.destroy();
    else await (iterator ?? this.#iterable[Symbol.asyncIterator]()).return?.();
  }
}

const ignore = () => {};

/** True for a readable stream of Node, of any realm. */
export const isNodeStream = (iterable: object): iterable is NodeStream =>
  'destroy' in iterable && typeof iterable.destroy === 'function' && 'on' in iterable;

const isPrematureClose = (error: unknown): boolean =>
  (error as { code?: unknown } | undefined)?.code === 'ERR_STREAM_PREMATURE_CLOSE';

import type { SourceMessage } from './source-message';

/**
 * An async iterable that a source gave for one client. It is closed once, whatever becomes of the
 * client: also if the client is refused, and nobody iterates.
 */
export class OneOffSource {
  readonly #iterable: AsyncIterable<SourceMessage>;
  readonly #isShared: boolean;
  #iterator: AsyncIterator<SourceMessage> | undefined;
  #isDone = false;
  #closing: Promise<void> | undefined;

  /** @param isShared true if the route gives the same iterable to each of its clients. */
  constructor(iterable: AsyncIterable<SourceMessage>, isShared = false) {
    this.#iterable = iterable;
    this.#isShared = isShared;
  }

  async next(): Promise<IteratorResult<SourceMessage>> {
    try {
      this.#iterator ??= iteratorOf(this.#iterable);
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
    if (isDestroyable(this.#iterable)) this.#iterable.destroy();
    else await (iterator ?? iteratorOf(this.#iterable)).return?.();
  }
}

/** A stream of `node:stream`. */
const isDestroyable = (iterable: object): iterable is { destroy(): unknown } =>
  'destroy' in iterable && typeof iterable.destroy === 'function';

/** The iterator of a web stream does not return while it waits, but its reader can be cancelled. */
function iteratorOf(iterable: AsyncIterable<SourceMessage>): AsyncIterator<SourceMessage> {
  if (!(iterable instanceof ReadableStream)) return iterable[Symbol.asyncIterator]();
  const reader = (iterable as ReadableStream<SourceMessage>).getReader();
  return {
    next: () => reader.read() as Promise<IteratorResult<SourceMessage>>,
    return: async () => {
      await reader.cancel();
      return { done: true, value: undefined };
    },
  };
}

const isPrematureClose = (error: unknown): boolean =>
  (error as { code?: unknown } | undefined)?.code === 'ERR_STREAM_PREMATURE_CLOSE';

import { isAbort, misuse } from '../checks/errors';
import type { Chunk } from '../encoders/chunk';
import type { Encoder } from '../encoders/encoder';
import { defaultBatchLimits } from '../log/batch';
import { finishedCursor } from '../log/cursor';
import { checkOneLine, checkRetry, checkSize, createMessage } from '../log/message';
import type { CloseReason } from './close-reason';
import type { ConnectionHost } from './connection';
import type { Sink } from './sink';
import { Stream, type StreamSettings } from './stream';

/** One message of an async generator. */
export interface SourceMessage {
  /** A string goes as it is, bytes as base64, anything else as JSON text. */
  data: unknown;
  /** The event's name. No CR, LF or NUL; `pushwire:` is reserved. */
  event?: string | undefined;
  /** What a client that lost the stream sends back (as `lastEventId`). No CR, LF or NUL. */
  id?: string | undefined;
  /** Milliseconds that the client should wait before it comes back, an integer. */
  retry?: number | undefined;
}

/** What a one-off stream asks of those who serve it. */
export interface GeneratorHooks {
  /** The iterable threw when the stream had begun. */
  failed(error: unknown): void;
  /** The connection is over. */
  aborted(): void;
}

/**
 * A connection that is fed by an async iterable and has no log: what one client gets, nobody else does. The iterable is
 * asked for its next message only while the socket takes them, and what it gives within one turn of the event loop goes
 * out in one write.
 */
export class GeneratorStream extends Stream {
  readonly #iterator: AsyncIterator<SourceMessage>;
  readonly #hooks: GeneratorHooks;
  /** What was taken from the iterable and is not written yet. */
  #chunks: Chunk[] = [];
  #size = 0;
  #asking = false;
  #flushing = false;
  #finished = false;
  #settleFirst: { resolve(): void; reject(error: unknown): void } | undefined;
  #stopWaiting: (() => void) | undefined;

  constructor(
    host: ConnectionHost,
    encoder: Encoder,
    sink: Sink,
    settings: StreamSettings,
    iterable: AsyncIterable<SourceMessage>,
    hooks: GeneratorHooks,
  ) {
    super(host, encoder, sink, settings);
    this.#hooks = hooks;
    this.#iterator = iterable[Symbol.asyncIterator]();
  }

  /**
   * Asks for the first message and begins the stream when it is there, or after `firstMessageTimeout` ms without it.
   *
   * @returns a promise that rejects with what the iterable throws before that.
   */
  start(firstMessageTimeout: number): Promise<void> {
    this.open();
    return new Promise((resolve, reject) => {
      this.#settleFirst = { resolve, reject };
      this.#stopWaiting = this.host.timers.clock.after(firstMessageTimeout, () => this.#begin());
      this.#ask();
    });
  }

  override onDrain(): void {
    super.onDrain();
    this.#ask();
  }

  #begin(): void {
    if (this.begun || this.reason !== undefined) return;
    this.#stopWaiting?.();
    this.write([this.begin()]);
    this.#settleFirst?.resolve();
  }

  #ask(): void {
    const busy = this.#asking || this.#finished || this.reason !== undefined;
    if (busy || this.full || this.#size > defaultBatchLimits.bytes) return;
    this.#asking = true;
    this.#next()
      .then((result) => this.#took(result))
      .catch((error) => this.#threw(error));
  }

  async #next(): Promise<IteratorResult<SourceMessage>> {
    return this.#iterator.next();
  }

  #took(result: IteratorResult<SourceMessage>): void {
    this.#asking = false;
    if (this.reason !== undefined) return;
    if (result.done) {
      this.#finished = true;
      this.#begin();
      this.close('ended');
      return;
    }
    try {
      const chunk = this.#encode(result.value);
      this.#chunks.push(chunk);
      this.#size += chunk.length;
    } catch (error) {
      this.#threw(error);
      this.#giveUp();
      return;
    }
    this.#begin();
    if (!this.#flushing) {
      this.#flushing = true;
      this.host.timers.clock.soon(() => this.#flush());
    }
    this.#ask();
  }

  #flush(): void {
    this.#flushing = false;
    if (this.reason !== undefined) return;
    const chunks = this.#takeChunks();
    this.write(chunks, chunks.length);
    this.#ask();
  }

  #threw(error: unknown): void {
    this.#asking = false;
    this.#finished = true;
    if (this.reason !== undefined) {
      if (!isAbort(error)) this.#hooks.failed(error);
    } else if (this.begun) {
      this.close('failed');
      this.#hooks.failed(error);
    } else {
      this.#settleFirst?.reject(error);
      this.#handBack();
    }
  }

  /** Leaves the response to the framework's error handling, before anything was sent. */
  #handBack(): void {
    this.sink.listener = undefined;
    this.onClose('failed');
  }

  protected override lastWords(reason: CloseReason): Chunk {
    return reason === 'ended' ? this.encoder.end(finishedCursor) : super.lastWords(reason);
  }

  /** Messages that were taken from the iterable go out before the last words. */
  protected override closeWith(reason: CloseReason, lastWords: readonly Chunk[]): void {
    const chunks = this.#takeChunks();
    super.closeWith(reason, [...chunks, ...lastWords], chunks.length);
  }

  #takeChunks(): Chunk[] {
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#size = 0;
    return chunks;
  }

  #encode(given: unknown): Chunk {
    if (typeof given !== 'object' || given === null || !('data' in given)) {
      throw misuse('source message', 'an object with data', given);
    }
    const { data, event, id, retry } = given as SourceMessage;
    if (id !== undefined) checkId(id);
    if (retry !== undefined) checkRetry(retry);
    const message = createMessage(data, event);
    checkSize(message, this.host.maxMessageBytes);
    return this.encoder.message(message, id, retry);
  }

  /** Lets the iterable's `finally` run; what it throws there is the app's to hear of. */
  async #giveUp(): Promise<void> {
    try {
      await this.#iterator.return?.();
    } catch (error) {
      if (!isAbort(error)) this.#hooks.failed(error);
    }
  }

  protected release(_reason: CloseReason): void {
    this.#stopWaiting?.();
    this.#settleFirst?.resolve();
    this.#hooks.aborted();
    if (!this.#finished) this.#giveUp();
  }
}

/** @throws TypeError for an id that cannot be sent, or that would say that the stream is finished. */
function checkId(id: unknown): void {
  checkOneLine('id', id);
  if (id === finishedCursor) throw misuse('id', `any but the reserved ${finishedCursor}`, id);
}

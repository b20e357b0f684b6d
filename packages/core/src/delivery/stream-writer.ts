import { byteLengthOf, type Chunk } from '../encoders/chunk';
import type { Encoder } from '../encoders/encoder';
import { defaultBatchLimits } from '../log/batch';
import { finishedCursor } from '../log/cursor';
import type { Message } from '../log/message';
import { completed, sourceFailed } from '../log/outcome';
import type { CloseReason } from './close-reason';
import type { ConnectionHost } from './connection';
import { EndingStream } from './ending-stream';
import type { Sink } from './sink';
import type { StreamSettings } from './stream-settings';
import { flushSoon } from './turn-end';

/** Receives the events of a {@link StreamWriter}. */
export interface WriterListener {
  /** Bytes that may wait for a slow client. Defaults to the hub's. */
  readonly maxPending?: number | undefined;
  /** The connection is closing, for any reason. */
  onClosing(): void;
}

/**
 * A connection that the app writes to itself, message by message and without a log. The messages of
 * one turn of the event loop go out in one write. While the socket is full, they wait here.
 */
export class StreamWriter extends EndingStream {
  readonly #maxPending: number;
  readonly #listener: WriterListener;
  /** Bytes that are not written yet. */
  #chunks: Chunk[] = [];
  #size = 0;
  /** The number of messages in them. */
  #messages = 0;
  #isFlushScheduled = false;
  #whenReady: (() => void)[] | undefined;

  constructor(host: ConnectionHost, encoder: Encoder, sink: Sink, settings: StreamSettings, listener: WriterListener) {
    super(host, encoder, sink, settings);
    this.#maxPending = listener.maxPending ?? settings.maxPending;
    this.#listener = listener;
  }

  /** @param from the cursor that the client sent. */
  start(from?: string): void {
    const opening = this.opening(undefined, from);
    this.register();
    this.begin();
    this.write([opening]);
  }

  /** Returns false if the caller should wait until the client takes more. */
  send(message: Message, id?: string, retry?: number): boolean {
    return this.reason === undefined && this.#put(this.encoder.message(message, id, retry), 1);
  }

  sendAlone(message: Message): boolean {
    return this.send(message);
  }

  comment(text: string): boolean {
    return this.reason === undefined && this.#put(this.encoder.comment?.(text) ?? '', 0);
  }

  reconnection(retry: number): boolean {
    return this.reason === undefined && this.#put(this.encoder.reconnection?.(retry) ?? '', 0);
  }

  /** Sends text that is encoded already, which counts as one message. */
  writeLines(text: string): boolean {
    return this.reason === undefined && this.#put(text, 1);
  }

  #put(chunk: Chunk, messages: number): boolean {
    const bytes = byteLengthOf(chunk);
    if (bytes === 0) return this.#takesMore;
    // Messages of this turn wait for its end, but not for the client.
    if (this.#size + bytes > defaultBatchLimits.bytes) this.flush();
    const waiting = this.#waiting;
    if (waiting > 0 && waiting + bytes > this.#maxPending) {
      this.close('overrun');
      return false;
    }
    this.#chunks.push(chunk);
    this.#size += bytes;
    this.#messages += messages;
    if (!this.#isFlushScheduled) {
      this.#isFlushScheduled = true;
      flushSoon(this.host.timers.clock, this);
    }
    return this.#takesMore;
  }

  /** Bytes that the socket has not taken, and those that wait for it. */
  get #waiting(): number {
    const { pending } = this.sink;
    // Compression does not tell how much waits in it.
    return this.#size + (Number.isFinite(pending) ? pending : 0);
  }

  get #takesMore(): boolean {
    return !this.full && this.#waiting <= Math.min(this.settings.highWaterMark, this.#maxPending / 2);
  }

  /** Writes what waits, as far as the socket takes it. */
  override flush(): void {
    this.#isFlushScheduled = false;
    while (this.#chunks.length > 0 && this.reason === undefined && !this.full) {
      const chunks = this.#takeChunks(defaultBatchLimits.bytes);
      const messages = Math.min(this.#messages, chunks.length);
      this.#messages -= messages;
      this.write(chunks, messages);
    }
    if (this.reason === undefined && this.#takesMore) this.#release();
  }

  /** Takes the first chunks, of at least `bytes` bytes, or all of them. */
  #takeChunks(bytes: number): Chunk[] {
    if (bytes >= this.#size) {
      const all = this.#chunks;
      this.#chunks = [];
      this.#size = 0;
      return all;
    }
    let [count, size] = [0, 0];
    while (count < this.#chunks.length && size < bytes) size += byteLengthOf(this.#chunks[count++] as Chunk);
    this.#size -= size;
    return this.#chunks.splice(0, count);
  }

  override onDrain(): void {
    super.onDrain();
    this.flush();
  }

  /** Settles when the client takes more, or when the connection is closing. */
  ready(): Promise<void> {
    if (this.reason !== undefined || this.#takesMore) return Promise.resolve();
    const waiting = (this.#whenReady ??= []);
    return new Promise((resolve) => waiting.push(resolve));
  }

  #release(): void {
    for (const resolve of this.#whenReady ?? []) resolve();
    this.#whenReady = undefined;
  }

  /** Ends the source. A foreign client takes any other end, but for a failure, as cut off. */
  end(): void {
    this.closeAfter('ended', completed);
  }

  override close(reason: CloseReason): void {
    this.closeAfter(reason, reason === 'failed' ? sourceFailed : undefined);
  }

  protected override closingEvent(reason: CloseReason): Chunk {
    return reason === 'ended' ? this.encoder.end(finishedCursor) : super.closingEvent(reason);
  }

  /** Writes what waits first, then the last bytes. */
  protected override closeWith(reason: CloseReason, lastBytes: readonly Chunk[], _none = 0, isCut = false): void {
    if (this.reason !== undefined) return;
    const chunks = this.#takeChunks(Number.POSITIVE_INFINITY);
    super.closeWith(reason, [...chunks, ...lastBytes], this.#messages, isCut);
  }

  protected release(): void {
    this.#chunks = [];
    this.#size = 0;
    this.#release();
    this.#listener.onClosing();
  }
}

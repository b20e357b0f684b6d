import type { Place } from '../delivery/admission';
import type { CloseReason } from '../delivery/close-reason';
import type { ForeignHead, Sink, SinkListener } from '../delivery/sink';
import { bytesOf, type Chunk } from '../encoders/chunk';
import { GzipStream } from '../encoders/gzip-stream';
import type { Compression, HandOut } from '../encoders/shared-deflate';
import type { Outcome } from '../log/outcome';
import { partOf } from './shared-parts';

/** Bytes of this size and more may be shared with clients that get them at another time. */
const minShared = 1024;

/** Sends a stream as gzip, by the sink of its response. */
export class GzipSink implements Sink, SinkListener {
  #listener: SinkListener | undefined;
  #sink: Sink;
  readonly #gzip = new GzipStream();

  constructor(
    sink: Sink,
    readonly compression: Compression,
  ) {
    this.#sink = sink;
  }

  get listener(): SinkListener | undefined {
    return this.#listener;
  }

  /** The sink of the response keeps its own listener until this one has one. */
  set listener(listener: SinkListener | undefined) {
    this.#listener = listener;
    this.#sink.listener = listener && this;
  }

  get client(): string | undefined {
    return this.#sink.client;
  }

  get place(): Place | undefined {
    return this.#sink.place;
  }

  get pending(): number {
    return this.#sink.pending;
  }

  get gone(): boolean {
    return this.#sink.gone;
  }

  begin(contentType: string, fastPath?: boolean, foreign?: ForeignHead): void {
    this.#sink.begin(contentType, fastPath, foreign, 'gzip');
  }

  flushHead(): void {
    this.#send(this.#gzip.begin());
  }

  write(bytes: Uint8Array, handOut?: HandOut): void {
    this.#send(handOut ? this.#gzip.take(handOut) : this.#gzip.alone(bytes));
  }

  writeParts(chunks: readonly Chunk[]): void {
    let own: Chunk[] = [];
    const writeOwn = () => {
      if (own.length > 0) this.write(bytesOf(own));
      own = [];
    };
    for (const chunk of chunks) {
      if (typeof chunk === 'string' || chunk.byteLength < minShared) own.push(chunk);
      else {
        writeOwn();
        this.#send(this.#gzip.part(partOf(chunk, this.compression.level)));
      }
    }
    writeOwn();
  }

  /** An empty chunk would end the body. */
  #send(bytes: Uint8Array): void {
    if (bytes.byteLength > 0) this.#sink.write(bytes);
  }

  end(reason: CloseReason, outcome?: Outcome): void {
    this.#sink.write(this.#gzip.end());
    this.#sink.end(reason, outcome);
  }

  /** Leaves out the end of the stream too. */
  cut(reason: CloseReason): void {
    if (this.#sink.cut) this.#sink.cut(reason);
    else this.#sink.destroy();
  }

  destroy(): void {
    this.#sink.destroy();
  }

  moveTo(sink: Sink): void {
    this.#sink = sink;
    sink.listener = this;
  }

  onDrain(): void {
    this.#listener?.onDrain();
  }

  onClose(reason?: CloseReason): void {
    this.#gzip.settle();
    this.#listener?.onClose(reason);
  }
}

import { isAbort } from '../checks/errors';
import type { Chunk } from '../encoders/chunk';
import type { Encoder } from '../encoders/encoder';
import { defaultBatchLimits } from '../log/batch';
import { ChannelGap } from '../log/channel-gap';
import { finishedCursor } from '../log/cursor';
import { completed, sourceFailed } from '../log/outcome';
import type { CloseReason } from './close-reason';
import type { ConnectionHost } from './connection';
import { DirectStream } from './direct-stream';
import { HubRefused } from './hub-refused';
import type { OneOffSource } from './one-off-source';
import type { Sink } from './sink';
import { encodeSourceItem, type SourceItem } from './source-message';
import { SourcePull } from './source-pull';
import type { StreamSettings } from './stream-settings';

/**
 * The most bytes that wait for a slow client of a source that cannot wait. Then the client is asked
 * to come back.
 */
const maxPushed = 1024 * 1024;

/** Receives the events of a {@link GeneratorStream}. */
export interface GeneratorListener {
  /** The iterable threw after the stream had begun. */
  onError(error: unknown): void;
  /** The connection is closing, for any reason. */
  onClosing(): void;
}

/**
 * A connection that an async iterable feeds, for one client and without a log. The next message is
 * pulled only while the socket takes more. Messages of one turn of the event loop go out in one
 * write.
 */
export class GeneratorStream extends DirectStream {
  readonly #source: SourcePull;
  readonly #listener: GeneratorListener;
  /** Messages that were pulled and are not written yet. */
  #chunks: Chunk[] = [];
  /** Their characters or bytes. A rough figure is enough. */
  #size = 0;
  #isFlushScheduled = false;
  #starting: { resolve(): void; reject(error: unknown): void } | undefined;
  #cancelTimeout: (() => void) | undefined;
  /** The cursor that the client sent, until the stream begins. */
  #from: string | undefined;

  constructor(
    host: ConnectionHost,
    encoder: Encoder,
    sink: Sink,
    settings: StreamSettings,
    source: OneOffSource,
    listener: GeneratorListener,
  ) {
    super(host, encoder, sink, settings);
    this.#listener = listener;
    this.#source = new SourcePull(source, {
      onItem: (item) => this.#onItem(item),
      onEnd: () => this.#onEnd(),
      onThrow: (error) => this.#onThrow(error),
    });
  }

  /**
   * Pulls the first message, and begins the stream when it has come, or after `firstMessageTimeout`
   * ms without it.
   *
   * @param from the cursor that the client sent.
   * @returns a promise that rejects with what the iterable throws before that.
   */
  start(firstMessageTimeout: number, from?: string): Promise<void> {
    this.#from = from;
    this.register();
    return new Promise((resolve, reject) => {
      this.#starting = { resolve, reject };
      this.#cancelTimeout = this.host.timers.clock.after(firstMessageTimeout, () => this.#begin());
      this.#pull();
    });
  }

  override flush(): void {
    if (this.#isFlushScheduled) this.#flush();
  }

  override onDrain(): void {
    super.onDrain();
    this.#pull();
  }

  #begin(): void {
    if (this.begun || this.reason !== undefined) return;
    this.#cancelTimeout?.();
    let opening: Chunk;
    try {
      opening = this.opening(undefined, this.#from);
    } catch (error) {
      this.#onThrow(error);
      return;
    }
    this.#from = undefined;
    this.begin();
    this.write([opening]);
    this.#starting?.resolve();
  }

  #pull(): void {
    const mustWait = this.full && !this.#source.isPushed;
    if (this.reason === undefined && !mustWait && this.#size <= defaultBatchLimits.bytes) this.#source.pull();
  }

  #onEnd(): void {
    if (this.reason !== undefined) return;
    this.#begin();
    this.closeAfter('ended', completed);
  }

  #onItem(item: SourceItem): void {
    if (this.reason !== undefined) return;
    try {
      const chunk = encodeSourceItem(item, this.encoder, this.host.maxMessageBytes);
      this.#chunks.push(chunk);
      this.#size += chunk.length;
      if (ChannelGap.isGap(item)) this.host.observer.gap(this, item.gap);
    } catch (error) {
      this.#onThrow(error);
      return;
    }
    this.#begin();
    if (this.reason !== undefined) return;
    if (!this.#isFlushScheduled) {
      this.#isFlushScheduled = true;
      this.host.timers.clock.soon(() => this.#flush());
    }
    this.#pull();
  }

  #flush(): void {
    this.#isFlushScheduled = false;
    if (this.reason !== undefined) return;
    const chunks = this.#takeChunks();
    this.write(chunks, chunks.length);
    if (this.#source.isPushed && this.sink.pending > maxPushed) this.close('overrun');
    else this.#pull();
  }

  #onThrow(error: unknown): void {
    if (this.reason !== undefined) {
      if (!isAbort(error) && !(error instanceof HubRefused)) this.#listener.onError(error);
    } else if (error instanceof HubRefused) {
      this.close(error.reason);
    } else if (this.begun) {
      this.closeAfter('failed', sourceFailed);
      this.#listener.onError(error);
    } else {
      this.#starting?.reject(error);
      this.#handBackResponse();
    }
  }

  /** Leaves a response that has not begun to the framework's error handling. */
  #handBackResponse(): void {
    this.sink.listener = undefined;
    this.onClose('failed');
  }

  protected override closingEvent(reason: CloseReason): Chunk {
    return reason === 'ended' ? this.encoder.end(finishedCursor) : super.closingEvent(reason);
  }

  /** Writes the pulled messages first, then the last bytes. */
  protected override closeWith(reason: CloseReason, lastBytes: readonly Chunk[], _none = 0, isCut = false): void {
    const chunks = this.#takeChunks();
    super.closeWith(reason, [...chunks, ...lastBytes], chunks.length, isCut);
  }

  #takeChunks(): Chunk[] {
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#size = 0;
    return chunks;
  }

  /** The app receives what its `finally` blocks throw. */
  #closeSource(): void {
    this.#source.close().catch((error) => {
      if (!isAbort(error)) this.#listener.onError(error);
    });
  }

  protected release(): void {
    this.#cancelTimeout?.();
    this.#starting?.resolve();
    this.#listener.onClosing();
    this.#closeSource();
  }
}

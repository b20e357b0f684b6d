import { byteLengthOf } from '../encoders/chunk';
import type { Message } from '../log/message';
import type { CloseReason } from './close-reason';
import { EndingStream } from './ending-stream';

/** The state of a stream that its app has sent to. */
interface Direct {
  /** Bytes that were sent while the sink could not tell how many are pending. */
  uncounted: number;
  /** Those who wait until the client takes more. */
  waiting: (() => void)[];
}

/**
 * A stream that an app can send to directly, past its source. One that is never sent to this way
 * holds nothing for it.
 */
export abstract class DirectStream extends EndingStream {
  #direct: Direct | undefined;

  sendAlone(message: Message): boolean {
    this.flush();
    if (this.reason !== undefined || !this.begun) return false;
    const chunk = this.encoder.alone?.(message) ?? this.encoder.message(message);
    const bytes = byteLengthOf(chunk);
    this.#direct ??= { uncounted: 0, waiting: [] };
    const waiting = this.isCounted ? this.sink.pending : this.#direct.uncounted;
    if (waiting > 0 && waiting + bytes > this.settings.maxPending) {
      this.close('overrun');
      return false;
    }
    this.write([chunk], 1);
    this.#direct.uncounted = this.isCounted ? 0 : this.#direct.uncounted + bytes;
    if (this.spent) this.close('spent');
    return this.reason === undefined && this.takesMore;
  }

  ready(): Promise<void> {
    if (this.reason !== undefined || this.takesMore) return Promise.resolve();
    this.#direct ??= { uncounted: 0, waiting: [] };
    const { waiting } = this.#direct;
    return new Promise((resolve) => waiting.push(resolve));
  }

  /** Compression does not tell how much waits in it. */
  private get isCounted(): boolean {
    return Number.isFinite(this.sink.pending);
  }

  private get takesMore(): boolean {
    const { highWaterMark, maxPending } = this.settings;
    return this.sink.pending <= Math.min(highWaterMark, maxPending / 2);
  }

  override onDrain(): void {
    super.onDrain();
    this.releaseWaiting();
  }

  protected override startClosing(reason: CloseReason): void {
    super.startClosing(reason);
    this.releaseWaiting();
  }

  private releaseWaiting(): void {
    if (this.#direct === undefined) return;
    for (const resolve of this.#direct.waiting) resolve();
    this.#direct = undefined;
  }
}

import type { Chunk } from '../encoders/chunk';
import type { Outcome } from '../log/outcome';
import { minRetry, spreadRetry } from '../time/retry-delay';
import type { CloseReason } from './close-reason';
import { Stream } from './stream';

/**
 * A stream that ends with an event which tells its client the reason. A foreign client knows no
 * such event, and takes a clean end of the body for the whole. So it is cut off, unless the source
 * has ended and its encoder has last words for that.
 */
export abstract class EndingStream extends Stream {
  /** Sends the closing event for the reason, and ends the response. */
  close(reason: CloseReason): void {
    this.closeAfter(reason, undefined);
  }

  /** @param outcome how the source has ended. `undefined` where something else ends the stream. */
  protected closeAfter(reason: CloseReason, outcome: Outcome | undefined): void {
    const { foreign } = this.encoder;
    if (foreign === undefined) {
      this.closeWith(reason, [this.attemptToEncode(() => this.closingEvent(reason)) ?? '']);
      return;
    }
    const lastWords = outcome && this.attemptToEncode(() => foreign.lastWords(outcome, this.offset));
    this.closeWith(reason, [lastWords ?? ''], 0, lastWords === undefined);
  }

  /** The app's mapping of a closing event may throw. The stream then closes without a word. */
  private attemptToEncode<T>(encode: () => T): T | undefined {
    try {
      return encode();
    } catch (error) {
      this.host.observer.failed(error, 'the `map` option or the `dialect` threw');
      return undefined;
    }
  }

  /** How a run has ended, of which the client has everything. Absent for other sources. */
  protected get outcome(): Outcome | undefined {
    return undefined;
  }

  /** The offset of the last message. Absent where messages have none. */
  protected get offset(): number | undefined {
    return undefined;
  }

  /**
   * The event that tells a client the reason. Each reason but `failed` asks it to reconnect. A
   * subclass may add an end.
   */
  protected closingEvent(reason: CloseReason): Chunk {
    return reason === 'failed' ? this.encoder.error() : this.encoder.retry(reason, this.retryAfter(reason));
  }

  /** Milliseconds before a client reconnects. Planned ends and lost rights need no long wait. */
  private retryAfter(reason: CloseReason): number {
    if (reason === 'spent') return 0;
    if (reason === 'aged' || reason === 'forbidden') return minRetry;
    return spreadRetry(this.settings.retry, Math.random());
  }

  /**
   * Writes the last bytes, and ends the response.
   *
   * @param messages the number of messages in the bytes.
   * @param isCut true if the client must see that this is not the end of the source.
   */
  protected closeWith(reason: CloseReason, lastBytes: readonly Chunk[], messages = 0, isCut = false): void {
    if (this.reason !== undefined) return;
    if (!this.begun) this.sink.begin(this.encoder.contentType, false, this.encoder.foreign);
    this.write(lastBytes, messages);
    const outcome = reason === 'ended' ? this.outcome : undefined;
    this.startClosing(reason);
    // The sink is destroyed if the peer does not take the last bytes in time.
    this.host.timers.add(this, this.settings.stallTimeout);
    if (!isCut) this.sink.end(reason, outcome);
    else if (this.sink.cut) this.sink.cut(reason);
    else this.sink.destroy();
  }
}

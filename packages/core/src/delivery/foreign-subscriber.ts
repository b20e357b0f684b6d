import type { HandOut } from '../encoders/shared-deflate';
import type { Batch, Gap } from '../log/batch';
import type { Position } from '../log/cursor';
import { completed, type Outcome } from '../log/outcome';
import type { CloseReason } from './close-reason';
import type { ForeignHead } from './sink';
import { Subscriber } from './subscriber';

/**
 * A subscriber whose client takes the end of its stream for the end of the one log that it follows.
 * Its stream ends with that log alone, after all of its messages. A gap cuts it off, unless it can
 * be told of it.
 */
export class ForeignSubscriber extends Subscriber {
  override close(reason: CloseReason): void {
    this.closeAfter(reason, reason === 'ended' ? this.#outcome : undefined);
  }

  /** `undefined` while there is more to come, as when the app closes the connection. */
  get #outcome(): Outcome | undefined {
    const { end, logs } = this.group;
    // A run may have begun anew since its live clients have had its end.
    if (end && end.positions === this.#positions) return end.outcome;
    const [log] = logs;
    const [position] = this.#positions;
    const isWhole = log?.ended && log.epoch === position?.epoch && log.head === position.offset;
    return isWhole ? (log.outcome ?? completed) : undefined;
  }

  get #positions(): readonly Position[] {
    return this.positions ?? this.group.positions;
  }

  protected override get foreignHead(): ForeignHead | undefined {
    const headers = this.encoder.foreign?.headersAt(this.group.logs[0]?.head ?? 0);
    return headers && { headers };
  }

  protected override get offset(): number | undefined {
    return this.#positions[0]?.offset;
  }

  override deliver(bytes: Uint8Array, before: readonly Position[], batch: Batch, handOut?: HandOut): boolean {
    if (batch.gap === undefined || this.encoder.foreign?.tellsGaps) {
      return super.deliver(bytes, before, batch, handOut);
    }
    this.close('overrun');
    return false;
  }

  protected override replace(_gap: Gap, _from: readonly Position[]): boolean {
    if (this.encoder.foreign?.tellsGaps) return false;
    this.close('overrun');
    return true;
  }
}

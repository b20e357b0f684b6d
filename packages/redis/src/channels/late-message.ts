import type { Clock, Position } from '@pushwire/core/backplanes';
import type { PubSubMessage } from './pubsub-message';

/**
 * A message that a read has shown, and that Pub/Sub may bring or not, since a server may have been
 * away. If it does not come in time, the log is read for what follows it.
 */
export class LateMessage {
  /** The first is the one that is waited for. A second is the newest that was expected. */
  #pending: readonly Position[] = [];
  #cancel: (() => void) | undefined;

  constructor(
    readonly clock: Clock,
    readonly ms: number,
    readonly read: () => Promise<void>,
  ) {}

  expect(position: Position): void {
    this.#pending = [...this.#pending.slice(0, 1), position];
    // The one that is waited for keeps its time.
    if (this.#cancel === undefined) this.#wait();
  }

  receive({ epoch, offset }: PubSubMessage): void {
    if (this.#pending.length === 0) return;
    this.#pending = this.#pending.filter((each) => each.epoch !== epoch || each.offset > offset);
  }

  forget(): void {
    this.#pending = [];
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #wait(): void {
    const [first] = this.#pending;
    const cancel = this.clock.after(this.ms, async () => {
      if (first && this.#pending.includes(first)) await this.read();
      if (this.#cancel !== cancel) return;
      this.#cancel = undefined;
      // A newer one may be on its way, and a read that failed is tried again.
      if (this.#pending.length > 0) this.#wait();
    });
    this.#cancel = cancel;
  }
}

import type { Clock, Log } from '@pushwire/core/backplanes';
import { ExpectedMessage, grace } from './expected-message';
import type { FollowedChannelHost } from './followed-channel-host';
import { LateMessage } from './late-message';
import type { PubSubMessage } from './pubsub-message';

/** The messages that reads have shown, and that Pub/Sub is to bring. */
export class Arrivals {
  readonly #expected = new ExpectedMessage();
  readonly #late: LateMessage;

  /** @param read reads what the log has, whatever Pub/Sub may bring. It never rejects. */
  constructor(
    readonly host: Pick<FollowedChannelHost, 'tickAfter'>,
    clock: Clock,
    read: () => Promise<void>,
  ) {
    this.#late = new LateMessage(clock, grace, read);
  }

  receive(message: PubSubMessage): void {
    this.#expected.receive(message);
    this.#late.receive(message);
  }

  /**
   * Expects the message at a head.
   *
   * @param mayBeLost true when it may never come, as when a server was away. It is read for then.
   * @returns false if it has come already.
   */
  expect({ epoch, head }: Pick<Log, 'epoch' | 'head'>, mayBeLost = false): boolean {
    const position = { epoch, offset: head };
    if (mayBeLost) {
      if (this.#expected.hasCome(position)) return false;
      this.#late.expect(position);
    } else {
      if (!this.#expected.expect(position)) return false;
      this.host.tickAfter(grace);
    }
    return true;
  }

  /** Tells what has become of the message that must come, and expects it no longer. */
  take(): 'nothing' | 'received' | 'missed' {
    return this.#expected.take();
  }

  /** Forgets the messages that may be lost, since the log was read for them. */
  wereRead(): void {
    this.#late.forget();
  }
}

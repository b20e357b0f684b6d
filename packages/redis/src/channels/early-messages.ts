import type { PubSubMessage } from './pubsub-message';

/** The most Pub/Sub messages to keep while the log is read. Beyond that, the log is read again. */
export const earlyLimits = { messages: 1000, characters: 4 * 1024 * 1024 };

/** Pub/Sub messages that arrived before the messages they follow, within limits. */
export class EarlyMessages {
  #messages: PubSubMessage[] = [];
  #characters = 0;

  get isEmpty(): boolean {
    return this.#messages.length === 0;
  }

  /** Keeps a message. It drops all others where they are too many. */
  keep(message: PubSubMessage): void {
    const characters = message.kind === 'message' ? message.text.length : 0;
    this.#characters += characters;
    this.#messages.push(message);
    if (this.#messages.length <= earlyLimits.messages && this.#characters <= earlyLimits.characters) return;
    // The newest one is enough to show that there is more to read.
    this.#messages = [message];
    this.#characters = characters;
  }

  /** The texts of the messages that lead up to an offset without a hole, in their order. */
  textsUpTo(epoch: string, offset: number): readonly string[] {
    const texts: string[] = [];
    for (const message of this.#messages.toReversed()) {
      if (message.kind !== 'message' || message.epoch !== epoch) continue;
      if (message.offset === offset - texts.length) texts.push(message.text);
    }
    return texts.reverse();
  }

  /** Returns the messages in their order, and forgets them. */
  take(): readonly PubSubMessage[] {
    const messages = this.#messages;
    this.#messages = [];
    this.#characters = 0;
    return messages;
  }
}

import type { Message } from '../log/message';
import type { StateLog } from '../log/state-log';
import { deletionMessage } from '../log/state-message';

/**
 * Reads the newest messages of some keys of a state, in parts. It holds the keys alone: the values
 * that they had would stay in memory for each slow client.
 */
export class KeyWalk {
  #at = 0;

  constructor(
    readonly log: StateLog,
    readonly keys: readonly string[],
    /** The most bytes of one part, but for a single value that is larger. */
    readonly partBytes: number,
  ) {}

  get isOver(): boolean {
    return this.#at >= this.keys.length;
  }

  skip(count: number): void {
    this.#at += count;
  }

  /** Returns the messages of the next keys. A key of which nothing is known is deleted. */
  next(): readonly Message[] {
    const messages: Message[] = [];
    let bytes = 0;
    for (; !this.isOver; this.#at++) {
      const key = this.keys[this.#at] as string;
      const message = this.log.newest(key)?.message ?? deletionMessage(key);
      if (messages.length > 0 && bytes + message.size > this.partBytes) break;
      messages.push(message);
      bytes += message.size;
    }
    return messages;
  }
}

import type { Batch } from '../log/batch';
import type { Message } from '../log/message';

/** Messages to one client of polls, which wait for its answer. */
export class DirectQueue {
  #messages: Message[] = [];
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#messages.length === 0;
  }

  push(message: Message): void {
    this.#messages.push(message);
    this.#bytes += message.size;
  }

  /** Takes the messages out, and puts them in front of those of a batch. Cursors stay the same. */
  takeInto(batch: Batch): Batch {
    if (this.isEmpty) return batch;
    const messages = this.#messages;
    this.#messages = [];
    this.#bytes = 0;
    const cursors = messages.map(() => undefined);
    return { ...batch, messages: [...messages, ...batch.messages], cursors: [...cursors, ...batch.cursors] };
  }
}

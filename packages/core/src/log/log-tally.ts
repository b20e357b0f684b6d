import type { Message } from './message';

/**
 * The bytes that a message costs beside its body and event name: its entry, its slot in the log,
 * and the heads of its objects. Without them, a million messages of one byte would count as 1 MB.
 */
export const messageOverhead = 200;

/** Counts the bytes of several logs together. Each of them keeps the count up to date. */
export class LogTally {
  #bytes = 0;

  /** The bytes of all messages, with {@link messageOverhead} for each of them. */
  get bytes(): number {
    return this.#bytes;
  }

  add({ size }: Pick<Message, 'size'>): void {
    this.#bytes += size + messageOverhead;
  }

  remove({ size }: Pick<Message, 'size'>): void {
    this.#bytes -= size + messageOverhead;
  }
}

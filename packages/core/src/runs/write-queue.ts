import type { Message } from '../log/message';

/** The most messages and bytes of a write, of which the last message may exceed the bytes. */
const maxCount = 1000;
const maxBytes = 64 * 1024;

/** A message that waits to be written, and what settles the promise of its `send()`. */
export interface Waiting {
  readonly message: Message;
  /** Absent for a message that was yielded. */
  readonly settle?: { resolve(id: string): void; reject(error: unknown): void };
}

/** The messages of a run that wait for the next write. */
export class WriteQueue {
  #waiting: Waiting[] = [];
  #bytes = 0;

  get size(): number {
    return this.#waiting.length;
  }

  /** True if the next write has no room for more. */
  get isFull(): boolean {
    return this.#waiting.length >= maxCount || this.#bytes >= maxBytes;
  }

  add(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#bytes += waiting.message.size;
  }

  /** Takes the messages of one write. */
  take(): readonly Waiting[] {
    const { isFull } = this;
    let count = 0;
    for (let bytes = 0; count < this.#waiting.length && count < maxCount && bytes < maxBytes; count++) {
      bytes += sizeOf(this.#waiting[count]);
    }
    const taken = isFull ? this.#waiting.splice(0, count) : this.#waiting;
    if (!isFull) this.#waiting = [];
    for (const waiting of taken) this.#bytes -= sizeOf(waiting);
    return taken;
  }

  /** Drops everything. */
  reject(error: unknown): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    rejectAll(waiting, error);
  }
}

export function rejectAll(waiting: readonly Waiting[], error: unknown): void {
  for (const { settle } of waiting) settle?.reject(error);
}

const sizeOf = (waiting: Waiting | undefined): number => waiting?.message.size ?? 0;

import type { Clock } from '../environment/clock.js';
import type { Sendable } from '../transports/transport.js';
import { PushwireError } from '../wire/error.js';
import type { OutboxLimits } from './options.js';

/** Messages under way, whose confirmation has not come. A server limits what may wait there. */
const maxUnconfirmed = 16;

interface Entry {
  readonly data: Sendable;
  readonly size: number;
  settle(result: Promise<void>): void;
}

/** The connection that an outbox sends to. */
export interface OutboxHost {
  readonly clock: Clock;
  readonly isOpen: () => boolean;
  /** Sends now. It is called only while the connection is open. */
  readonly send: (data: Sendable) => Promise<void>;
}

/**
 * Keeps what is sent while a connection is not open, and sends it in order when it is. No message
 * that a transport has taken is sent again, so each arrives at most once.
 */
export class Outbox {
  readonly #entries: Entry[] = [];
  #size = 0;
  #unconfirmed = 0;
  #isClosed = false;

  constructor(
    readonly limits: OutboxLimits,
    readonly host: OutboxHost,
  ) {}

  /**
   * Sends now, or when the connection is open and what was sent before has gone.
   *
   * @param signal takes the message back while it waits.
   * @returns a promise that rejects with `outbox-full`, with `timeout` after `maxAge`, or with
   * `not-open` once the connection is closed.
   */
  send(data: Sendable, signal?: AbortSignal): Promise<void> {
    if (this.#isClosed || (this.#entries.length === 0 && this.host.isOpen())) return this.host.send(data);
    const size = typeof data === 'string' ? data.length : data.byteLength;
    const { messages, characters, maxAge } = this.limits;
    if (this.#entries.length >= messages || this.#size + size > characters) {
      return Promise.reject(new PushwireError('outbox-full'));
    }
    return new Promise((resolve) => {
      const stop = this.host.clock.after(maxAge, () => this.#drop(entry, new PushwireError('timeout')));
      const entry: Entry = {
        data,
        size,
        settle: (result) => {
          stop();
          resolve(result);
        },
      };
      this.#entries.push(entry);
      this.#size += size;
      signal?.addEventListener('abort', () => this.#drop(entry, signal.reason));
    });
  }

  /** Sends what waits, as long as the connection is open. */
  flush(): void {
    while (this.#unconfirmed < maxUnconfirmed && this.host.isOpen()) {
      const entry = this.#entries[0];
      if (!entry) return;
      this.#take(entry);
      this.#unconfirmed++;
      const sent = this.host.send(entry.data);
      entry.settle(sent);
      const onSettled = () => {
        this.#unconfirmed--;
        this.flush();
      };
      sent.then(onSettled, onSettled);
    }
  }

  /** The connection will not open any more. */
  close(): void {
    this.#isClosed = true;
    for (const entry of [...this.#entries]) this.#drop(entry, new PushwireError('not-open'));
  }

  #drop(entry: Entry, reason: unknown): void {
    if (this.#take(entry)) entry.settle(Promise.reject(reason));
  }

  /** Returns false if it does not wait any more. */
  #take(entry: Entry): boolean {
    const index = this.#entries.indexOf(entry);
    if (index < 0) return false;
    this.#entries.splice(index, 1);
    this.#size -= entry.size;
    return true;
  }
}

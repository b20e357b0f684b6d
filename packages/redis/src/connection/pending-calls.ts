import { type Clock, PushwireError } from '@pushwire/core/backplanes';

export interface PendingCallLimits {
  /** Milliseconds that a reply may take. */
  readonly timeout: number;
  /** How many calls may wait for a reply. */
  readonly calls: number;
  /** How many bytes of messages may wait for a reply. */
  readonly bytes: number;
}

interface Call {
  readonly due: number;
  readonly bytes: number;
  fail(): void;
  onTimeout(): void;
}

/**
 * The calls that wait for a reply of Redis. They are limited in number, bytes and time. One timer
 * serves all of them.
 */
export class PendingCalls {
  /** In the order of their start, and so of their due times. */
  readonly #calls = new Set<Call>();
  #bytes = 0;
  #hasTimer = false;

  constructor(
    readonly clock: Clock,
    readonly limits: PendingCallLimits,
  ) {}

  /** @throws {PushwireError} `backplane-unavailable` when the limits are reached. */
  checkRoom(bytes: number): void {
    const { limits } = this;
    if (this.#calls.size < limits.calls && this.#bytes + bytes <= Math.max(limits.bytes, bytes)) return;
    const pending = `${this.#calls.size} commands with ${this.#bytes} bytes of messages`;
    const sentence = `Redis is too slow: ${pending} wait for a reply. See maxPendingCommands and maxPendingBytes.`;
    throw new PushwireError('backplane-unavailable', sentence);
  }

  /**
   * Waits for a reply. Rejects with `backplane-unconfirmed` when it does not come in time.
   *
   * @param onTimeout called after such a rejection.
   */
  wait<T>(reply: Promise<T>, onTimeout: () => void, bytes = 0): Promise<T> {
    const { timeout } = this.limits;
    // Every publish comes through here, so this makes one promise instead of a race of several.
    return new Promise((resolve, reject) => {
      const fail = () => {
        this.#remove(call);
        reject(new PushwireError('backplane-unconfirmed', `Redis did not reply within ${timeout} ms.`));
      };
      const call: Call = { due: this.clock.now() + timeout, bytes, fail, onTimeout };
      this.#calls.add(call);
      this.#bytes += bytes;
      this.#setTimer();
      const replied = (value: T) => {
        this.#remove(call);
        resolve(value);
      };
      const failed = (error: unknown) => {
        this.#remove(call);
        reject(error);
      };
      reply.then(replied, failed);
    });
  }

  #remove(call: Call): void {
    if (this.#calls.delete(call)) this.#bytes -= call.bytes;
  }

  #setTimer(): void {
    const [oldest] = this.#calls;
    if (this.#hasTimer || oldest === undefined) return;
    this.#hasTimer = true;
    // A process that was paused or busy finds its timers due before it reads the replies that have
    // come meanwhile. They are read in this turn.
    const failLate = () => {
      this.#hasTimer = false;
      const now = this.clock.now();
      const late = [...this.#calls].filter(({ due }) => due <= now);
      for (const call of late) call.fail();
      this.#setTimer();
      for (const call of late) call.onTimeout();
    };
    this.clock.after(Math.max(1, oldest.due - this.clock.now()), () => this.clock.soon(failLate));
  }
}

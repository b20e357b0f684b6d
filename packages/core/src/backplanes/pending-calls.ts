import { PushwireError } from '../checks/errors';
import type { Clock } from '../time/clock';

/** Limits of the calls to a server that wait for its reply. */
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

/** A server whose replies are waited for, as error messages name it. */
export interface CalledServer {
  /** Such as `Redis`. It begins a sentence. */
  readonly name: string;
  /** The options of the limits of calls and bytes. */
  readonly options: string;
}

/**
 * The calls of a backplane that wait for the reply of its server. They are limited in number, bytes
 * and time. One timer serves all of them.
 *
 * @example
 * ```ts
 * import { PendingCalls, systemClock } from '@pushwire/core/backplanes';
 *
 * const limits = { timeout: 5000, calls: 10_000, bytes: 64 * 1024 * 1024 };
 * const pending = new PendingCalls(systemClock, limits, { name: 'The database', options: 'maxQueries' });
 *
 * async function query(text: string, send: (text: string) => Promise<string>) {
 *   pending.checkRoom(text.length);
 *   return pending.wait(send(text), () => console.error('it is late'), text.length);
 * }
 * ```
 */
export class PendingCalls {
  /** In the order of their start, and so of their due times. */
  readonly #calls = new Set<Call>();
  #bytes = 0;
  #hasTimer = false;

  constructor(
    readonly clock: Clock,
    readonly limits: PendingCallLimits,
    readonly server: CalledServer,
  ) {}

  /** @throws {PushwireError} `backplane-unavailable` when the limits are reached. */
  checkRoom(bytes: number): void {
    const { limits, server } = this;
    if (this.#calls.size < limits.calls && this.#bytes + bytes <= Math.max(limits.bytes, bytes)) return;
    const pending = `${this.#calls.size} calls with ${this.#bytes} bytes of messages`;
    const sentence = `${server.name} is too slow: ${pending} wait for a reply. See ${server.options}.`;
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
        reject(new PushwireError('backplane-unconfirmed', `${this.server.name} did not reply within ${timeout} ms.`));
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

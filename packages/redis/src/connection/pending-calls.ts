import { type Clock, PushwireError } from '@pushwire/core/backplanes';

/** Bounds of what may be without an answer. */
export interface UnansweredBounds {
  readonly timeout: number;
  readonly calls: number;
  readonly bytes: number;
}

interface Call {
  readonly due: number;
  readonly bytes: number;
  giveUp(): void;
  late(): void;
}

/** What Redis was asked and has not answered: bounded in number, in bytes and in time, with one timer for all. */
export class Unanswered {
  /** In the order of asking, which is that of their due times. */
  readonly #calls = new Set<Call>();
  #bytes = 0;
  #timed = false;

  constructor(
    readonly clock: Clock,
    readonly bounds: UnansweredBounds,
  ) {}

  /** @throws PushwireError `backplane-unavailable` where too much is without an answer already. */
  checkRoom(bytes: number): void {
    const { bounds } = this;
    if (this.#calls.size < bounds.calls && this.#bytes + bytes <= Math.max(bounds.bytes, bytes)) return;
    const much = `${this.#calls.size} calls of ${this.#bytes} bytes`;
    throw new PushwireError('backplane-unavailable', `Redis answers too slowly: ${much} are without an answer.`);
  }

  /**
   * Waits for an answer, but not for ever.
   *
   * @param late called when it has not come in time.
   */
  wait<T>(answer: Promise<T>, late: () => void, bytes = 0): Promise<T> {
    const { timeout } = this.bounds;
    // Every publish comes here: one promise, and not a race of several.
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.#remove(call);
        reject(new PushwireError('backplane-unconfirmed', `Redis has not answered within ${timeout} ms.`));
      };
      const call: Call = { due: this.clock.now() + timeout, bytes, giveUp, late };
      this.#calls.add(call);
      this.#bytes += bytes;
      this.#time();
      const answered = (value: T) => {
        this.#remove(call);
        resolve(value);
      };
      const failed = (error: unknown) => {
        this.#remove(call);
        reject(error);
      };
      answer.then(answered, failed);
    });
  }

  #remove(call: Call): void {
    if (this.#calls.delete(call)) this.#bytes -= call.bytes;
  }

  #time(): void {
    const [oldest] = this.#calls;
    if (this.#timed || oldest === undefined) return;
    this.#timed = true;
    this.clock.after(Math.max(1, oldest.due - this.clock.now()), () => {
      this.#timed = false;
      const now = this.clock.now();
      const late = [...this.#calls].filter(({ due }) => due <= now);
      for (const call of late) call.giveUp();
      this.#time();
      for (const call of late) call.late();
    });
  }
}

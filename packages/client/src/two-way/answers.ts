import type { Clock } from '../environment/clock.js';
import { PushwireError } from '../wire/error.js';
import { type Frame, readFrame } from '../wire/frame.js';
import { AnswerError } from './answer-error.js';

/** The data of `pushwire:answer` (PROTOCOL.md, section 8.7). */
interface AnswerData extends Pick<Frame, 'data' | 'encoding'> {
  readonly request: number;
  readonly error?: { readonly code?: string; readonly message?: string; readonly status?: number };
}

/** How long to wait for an answer. */
export interface Patience {
  /** In ms. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
}

/** Numbers requests, and passes each answer to the one who asked. */
export class Answers {
  readonly #waiting = new Map<number, (answer: AnswerData) => void>();
  #count = 0;

  constructor(readonly clock: Clock) {}

  /**
   * Sends a request, and waits for its answer.
   *
   * @param send sends the request with this number. Its promise settles after the answer has come.
   * The signal fires when nobody waits any more.
   */
  ask(send: (request: number, signal: AbortSignal) => Promise<void>, { timeout, signal }: Patience): Promise<unknown> {
    const request = this.#count++;
    const ending = new AbortController();
    return new Promise<unknown>((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason), { signal: ending.signal });
      if (signal?.aborted) return reject(signal.reason);
      const stop = this.clock.after(timeout, () => reject(new PushwireError('timeout')));
      ending.signal.addEventListener('abort', stop);
      this.#waiting.set(request, (answer) => {
        const { error } = answer;
        if (!error) resolve(readFrame(answer).data);
        else if (error.code !== undefined) reject(new AnswerError(error.code, error.message ?? error.code));
        else reject(new PushwireError('refused', { status: error.status as number }));
      });
      // A server that knows no requests takes it for a message.
      send(request, ending.signal).then(() => reject(new PushwireError('bad-data')), reject);
    }).finally(() => {
      this.#waiting.delete(request);
      ending.abort();
    });
  }

  /** Passes on an answer. One that comes too late is dropped. */
  readonly settle = (data: unknown): void => {
    const answer = data as AnswerData;
    this.#waiting.get(answer?.request)?.(answer);
  };
}

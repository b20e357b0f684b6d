import { marker, type SampleEvent } from '../sample-event';

/** A token of a model's answer: some 12 bytes, with one marker. */
export const tokenOf = ({ sequence }: Pick<SampleEvent, 'sequence'>): string => `word${marker}${sequence} `;

/** Tokens of an answer that never ends, for one reader. They wait for it if it is slow. */
export class TokenQueue {
  readonly #waiting: string[] = [];
  #wake = () => {};

  push(token: string): void {
    this.#waiting.push(token);
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    for (;;) {
      // A snapshot of the length is enough: tokens that come meanwhile are read in the next turn.
      for (const token of this.#waiting.splice(0)) yield token;
      if (this.#waiting.length === 0) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}

/** A message of a run. */
export type Item = string | { readonly data: object; readonly event?: string };

/** What a fake model says. It waits at one place until the test lets it go on. */
export class Script {
  #resume = () => {};
  readonly #resumed = new Promise<void>((resolve) => {
    this.#resume = resolve;
  });

  /** @param pauseAt the index of the item that waits for `resume()`. Without it, nothing waits. */
  constructor(
    readonly items: readonly Item[],
    readonly pauseAt?: number,
  ) {}

  resume(): void {
    this.#resume();
  }

  /** Produces the items. It ends early when the signal fires. */
  readonly produce = ({ signal }: { readonly signal: AbortSignal }): AsyncIterable<Item> => this.#produce(signal);

  async *#produce(signal: AbortSignal): AsyncGenerator<Item> {
    const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    for (const [index, item] of this.items.entries()) {
      if (index === this.pauseAt) await Promise.race([this.#resumed, stopped]);
      if (signal.aborted) return;
      yield item;
    }
  }
}

/** The words of an answer, as a model gives them. */
export const words: readonly string[] = 'The quick brown fox jumps over the lazy dog, as foxes do.'.split(/(?<= )/);
/** The whole answer. */
export const wholeText = words.join('');

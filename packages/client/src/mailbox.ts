/** Messages on their way to one `for await`, which may be slower than they come. */
export class Mailbox<Item> implements AsyncIterableIterator<Item> {
  readonly #items: Item[] = [];
  #dropped = 0;
  #end: { error?: unknown } | undefined;
  #waiting: (() => void) | undefined;

  /**
   * @param most messages that may wait.
   * @param overflow what stands in the place of those that were dropped.
   * @param left is called when the loop is left.
   */
  constructor(
    readonly most: number,
    readonly overflow: (dropped: number) => Item,
    readonly left: () => void,
  ) {}

  /** The oldest go where there is no room. */
  put(item: Item): void {
    if (this.#items.push(item) > this.most) {
      this.#items.shift();
      this.#dropped++;
    }
    this.#waiting?.();
  }

  /** Nothing follows; what waits can still be read. */
  close(end: { error?: unknown }): void {
    this.#end ??= end;
    this.#waiting?.();
  }

  async next(): Promise<IteratorResult<Item, undefined>> {
    for (;;) {
      const dropped = this.#dropped;
      this.#dropped = 0;
      if (dropped) return { done: false, value: this.overflow(dropped) };
      const [item] = this.#items.splice(0, 1);
      if (item !== undefined) return { done: false, value: item };
      if (this.#end) {
        const { error } = this.#end;
        this.#end = {};
        if (error) throw error;
        return { done: true, value: undefined };
      }
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }

  async return(): Promise<IteratorResult<Item, undefined>> {
    this.left();
    this.#items.length = 0;
    this.close({});
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** An item of a {@link RecencyList}. The list sets the links. */
export interface Linked<Item extends Linked<Item>> {
  list: RecencyList<Item> | undefined;
  previous: Item | undefined;
  next: Item | undefined;
}

/**
 * Items in the order of their last use. Each item is in at most one list. It has its links itself,
 * so that a use costs a few assignments and no allocation.
 */
export class RecencyList<Item extends Linked<Item>> {
  #first: Item | undefined;
  #last: Item | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The item whose last use is the longest ago. */
  get first(): Item | undefined {
    return this.#first;
  }

  /** Makes an item the most recent one, and takes it out of another list. */
  use(item: Item): void {
    if (this.#last === item) return;
    item.list?.remove(item);
    item.list = this;
    item.previous = this.#last;
    if (this.#last) this.#last.next = item;
    else this.#first = item;
    this.#last = item;
    this.#size++;
  }

  /** Removes an item of this list. */
  remove(item: Item): void {
    if (item.previous) item.previous.next = item.next;
    else this.#first = item.next;
    if (item.next) item.next.previous = item.previous;
    else this.#last = item.previous;
    item.previous = undefined;
    item.next = undefined;
    item.list = undefined;
    this.#size--;
  }
}

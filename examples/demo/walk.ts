/** The number of prices, and of those that move together: a square of 5 by 5 in the picture. */
export const priceCount = 1000;
export const groupSize = 25;

/** The number of groups that move at the same time, and milliseconds for which they do. */
const active = 3;
const turn = 1500;

/** The price at which all begin, and to which they are drawn back. */
export const middle = 100;

/** Prices that go up and down at random, some groups at a time. */
export class Walk {
  readonly #prices: number[] = new Array(priceCount).fill(middle);
  #groups: readonly number[] = [];
  #until = 0;

  constructor(readonly random: () => number = Math.random) {}

  /** Goes on from prices that another node has left. */
  resume(prices: Iterable<readonly [index: number, price: number]>): void {
    for (const [index, price] of prices) if (index in this.#prices) this.#prices[index] = price;
  }

  get all(): readonly number[] {
    return this.#prices;
  }

  /** Moves each price of the groups whose turn it is, and returns them by their indexes. */
  step(now: number): (readonly [index: number, price: number])[] {
    if (now >= this.#until) {
      const groups = priceCount / groupSize;
      this.#groups = Array.from({ length: active }, () => Math.floor(this.random() * groups));
      this.#until = now + turn;
    }
    return [...new Set(this.#groups)].flatMap((group) =>
      Array.from({ length: groupSize }, (_, i) => this.#move(group * groupSize + i)),
    );
  }

  #move(index: number): readonly [number, number] {
    const price = this.#prices[index] as number;
    const moved = price + (middle - price) * 0.02 + (this.random() - 0.5) * 4;
    return [index, (this.#prices[index] = Number(moved.toFixed(2)))];
  }
}

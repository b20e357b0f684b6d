/** The picture: groups of 5 by 5 prices, eight of them side by side. */
const side = 5;
const across = 8;
const columns = across * side;

/** The price in the middle of the colours, and the distance at which they are full. */
const middle = 100;
const full = 15;

/** Draws prices as cells: those above the middle in one colour, those below in another. */
export class HeatMap {
  #canvas;
  #picture;
  #changed = new Set();
  #cell;
  #prices;

  /** @param prices returns the price of an index, or `undefined`. */
  constructor(canvas, count, prices) {
    this.#canvas = canvas;
    this.#picture = canvas.getContext('2d');
    this.#cell = canvas.width / columns;
    this.#prices = prices;
    canvas.height = (this.#cell * count) / columns;
    this.count = count;
  }

  /** Draws what has changed, with the next frame of the screen. */
  change(indexes) {
    if (this.#changed.size === 0) requestAnimationFrame(() => this.#draw());
    for (const index of indexes) this.#changed.add(index);
  }

  #draw() {
    const style = getComputedStyle(this.#canvas);
    const [up, down, back] = ['--accent', '--second', '--grid'].map((name) => style.getPropertyValue(name));
    for (const index of this.#changed) this.#drawCell(index, this.#prices(index), { up, down, back });
    this.#changed.clear();
  }

  #drawCell(index, price, { up, down, back }) {
    const group = Math.floor(index / side ** 2);
    const inGroup = index % side ** 2;
    const column = (group % across) * side + (inGroup % side);
    const row = Math.floor(group / across) * side + Math.floor(inGroup / side);
    const place = [column * this.#cell, row * this.#cell, this.#cell - 1, this.#cell - 1];
    const picture = this.#picture;
    picture.globalAlpha = 1;
    picture.fillStyle = back;
    picture.fillRect(...place);
    if (price === undefined) return;
    picture.globalAlpha = Math.min(1, Math.abs(price - middle) / full);
    picture.fillStyle = price > middle ? up : down;
    picture.fillRect(...place);
  }
}

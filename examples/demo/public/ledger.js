/** How many numbers are remembered one by one. */
const remembered = 600;

/** Keeps count of the pings' running numbers: which came, which are missing, which came twice. */
export class Ledger {
  #kinds = new Map();
  #first = 0;
  #last = 0;
  #seen = 0;
  #missing = 0;
  #twice = 0;

  /** Takes the number of a ping that came, and how: `live`, from the `history` or on `return`. */
  take(n, arrival) {
    if (this.#last === 0) this.#first = n;
    const known = this.#kinds.get(n);
    if (n <= this.#last && known !== 'missing') {
      this.#twice++;
      return;
    }
    if (known === 'missing') this.#missing--;
    else this.#skipTo(n);
    this.#seen++;
    this.#kinds.set(n, arrival);
    this.#forget();
  }

  /** The server has begun to count anew. */
  restart() {
    this.#kinds.clear();
    this.#first = this.#last = this.#seen = this.#missing = this.#twice = 0;
  }

  get tally() {
    return { first: this.#first, last: this.#last, seen: this.#seen, missing: this.#missing, twice: this.#twice };
  }

  /** The newest numbers, oldest first: `{ n, kind }` with the kind live, history, return or missing. */
  newest(count) {
    const from = Math.max(this.#first, this.#last - count + 1);
    const cells = [];
    for (let n = from; n > 0 && n <= this.#last; n++) cells.push({ n, kind: this.#kinds.get(n) });
    return cells;
  }

  #skipTo(n) {
    if (this.#last > 0) {
      this.#missing += n - this.#last - 1;
      for (let gone = Math.max(this.#last + 1, n - remembered); gone < n; gone++) this.#kinds.set(gone, 'missing');
    }
    this.#last = n;
  }

  #forget() {
    for (const n of this.#kinds.keys()) {
      if (this.#kinds.size <= remembered) return;
      this.#kinds.delete(n);
    }
  }
}

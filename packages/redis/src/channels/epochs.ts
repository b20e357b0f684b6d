import { randomBytes } from 'node:crypto';

const bytesOfEach = 6;
/** Epochs that one draw is for: a draw takes as long as much of what else a publish does. */
const drawnFor = 128;

/** Gives epochs of 48 random bits: a cursor of another life is told apart. */
export class Epochs {
  #drawn = Buffer.alloc(0);
  #used = 0;

  next(): string {
    if (this.#used === this.#drawn.length) {
      this.#drawn = randomBytes(bytesOfEach * drawnFor);
      this.#used = 0;
    }
    const from = this.#used;
    this.#used += bytesOfEach;
    return this.#drawn.toString('base64url', from, this.#used);
  }
}

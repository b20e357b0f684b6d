import { randomBytes } from 'node:crypto';

const bytesPerEpoch = 6;
/** How many epochs use the bytes of one `randomBytes` call. A call per publish would be slow. */
const epochsPerCall = 128;

/** Makes epochs of 48 random bits. */
export class Epochs {
  #bytes = Buffer.alloc(0);
  #used = 0;

  next(): string {
    if (this.#used === this.#bytes.length) {
      this.#bytes = randomBytes(bytesPerEpoch * epochsPerCall);
      this.#used = 0;
    }
    const from = this.#used;
    this.#used += bytesPerEpoch;
    return this.#bytes.toString('base64url', from, this.#used);
  }
}

import type { Duplex } from 'node:stream';
import { resetFlow } from '../node-internals';

/** Bytes that a client may send before its handshake is answered; what comes then waits in its socket. */
const bound = 64 * 1024;

/**
 * What a client sends while the app looks at its handshake. A socket that nobody reads from does not tell that its peer has
 * left, so it is read from, up to a bound.
 */
export class EarlyBytes {
  readonly #socket: Duplex;
  readonly #chunks: Buffer[];
  #size: number;

  constructor(socket: Duplex, head: Buffer) {
    this.#socket = socket;
    this.#chunks = [head];
    this.#size = head.length;
    socket.on('data', this.#keep).on('end', this.#left);
  }

  /** Stops, and gives all that came; the next listener for `data` sets the socket going. */
  take(): Buffer {
    this.#socket.off('data', this.#keep).off('end', this.#left).pause();
    resetFlow(this.#socket);
    return Buffer.concat(this.#chunks);
  }

  /** Reads on, and throws away: the app has answered itself, and nobody wants them. */
  drop(): void {
    this.#chunks.length = 0;
    this.#size = Number.NEGATIVE_INFINITY;
    this.#socket.resume();
  }

  readonly #keep = (bytes: Buffer): void => {
    this.#size += bytes.length;
    if (this.#size === Number.NEGATIVE_INFINITY) return;
    this.#chunks.push(bytes);
    if (this.#size > bound) this.#socket.pause();
  };

  readonly #left = (): void => {
    this.#socket.destroy();
  };
}

import type { Duplex } from 'node:stream';
import { resetFlow } from '../node-internals/sockets';

/** Bytes to read before a handshake is answered. Later ones wait in the socket. */
const maxBytes = 64 * 1024;

/**
 * Reads and keeps the bytes that a client sends before its handshake is answered. A socket must be
 * read to notice that its peer has left. The number of bytes is limited.
 */
export class EarlyBytes {
  readonly #socket: Duplex;
  readonly #chunks: Buffer[];
  readonly #keep: (bytes: Buffer) => void;
  #size: number;

  constructor(socket: Duplex, head: Buffer) {
    const keep = (bytes: Buffer) => this.keep(bytes);
    this.#socket = socket;
    this.#chunks = [head];
    this.#size = head.length;
    this.#keep = keep;
    socket.on('data', keep).on('end', destroyAtEnd);
  }

  /** Stops reading and returns the bytes. The next listener for `data` makes the socket flow. */
  take(): Buffer {
    this.#socket.off('data', this.#keep).off('end', destroyAtEnd).pause();
    resetFlow(this.#socket);
    const [head] = this.#chunks;
    return this.#chunks.length === 1 ? (head as Buffer) : Buffer.concat(this.#chunks);
  }

  /** Reads on without keeping the bytes, since there will be no WebSocket. */
  drop(): void {
    this.#chunks.length = 0;
    this.#size = Number.NEGATIVE_INFINITY;
    this.#socket.resume();
  }

  private keep(bytes: Buffer): void {
    this.#size += bytes.length;
    if (this.#size === Number.NEGATIVE_INFINITY) return;
    this.#chunks.push(bytes);
    if (this.#size > maxBytes) this.#socket.pause();
  }
}

function destroyAtEnd(this: Duplex): void {
  this.destroy();
}

import { constants, createGunzip } from 'node:zlib';

/** The parts of a zlib stream that decode at once. */
interface Decoder {
  readonly _handle: {
    writeSync(
      flush: number,
      from: Uint8Array,
      at: number,
      size: number,
      to: Uint8Array,
      toAt: number,
      room: number,
    ): void;
  };
  readonly _writeState: Uint32Array;
}

/** The text of one piece is not larger. */
const room = 1024 * 1024;
const output = Buffer.allocUnsafe(room);

/** Reads the chunked body of a response with gzip (RFC 9112, 7.1), piece by piece and at once. */
export class GzipReader {
  readonly #decoder = createGunzip() as unknown as Decoder;
  #isInBody = false;
  /** The beginning of a head, or of the line before a chunk. */
  #line = '';
  /** Bytes of the chunk that have not come, and its line end. */
  #left = 0;

  /** Returns what a piece says, which is gone with the next call. */
  read(piece: Uint8Array): Uint8Array {
    let at = 0;
    let size = 0;
    while (at < piece.byteLength) {
      if (this.#left === 0) at = this.#readLine(piece, at);
      else {
        const end = Math.min(piece.byteLength, at + this.#left);
        // The line end of a chunk is no part of its data.
        const data = Math.max(at, Math.min(end, at + this.#left - 2));
        if (data > at) size += this.#decode(piece.subarray(at, data), size);
        this.#left -= end - at;
        at = end;
      }
    }
    return output.subarray(0, size);
  }

  #readLine(piece: Uint8Array, from: number): number {
    const lineEnd = this.#isInBody ? '\r\n' : '\r\n\r\n';
    for (let at = from; at < piece.byteLength; at++) {
      this.#line += String.fromCharCode(piece[at] as number);
      if (!this.#line.endsWith(lineEnd)) continue;
      if (this.#isInBody) this.#left = Number.parseInt(this.#line, 16) + 2;
      else if (!/^content-encoding: gzip/im.test(this.#line)) throw new Error(`not gzip: ${this.#line}`);
      this.#isInBody = true;
      this.#line = '';
      return at + 1;
    }
    return piece.byteLength;
  }

  #decode(bytes: Uint8Array, at: number): number {
    const { _handle, _writeState } = this.#decoder;
    _handle.writeSync(constants.Z_SYNC_FLUSH, bytes, 0, bytes.byteLength, output, at, room - at);
    return room - at - (_writeState[0] ?? 0);
  }
}

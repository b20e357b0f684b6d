import { constants, createGunzip } from 'node:zlib';

/** The parts of a zlib stream that decode at once. Node has no public way for that. */
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

const room = 4 * 1024 * 1024;

/** All decoders take turns. */
const output = Buffer.allocUnsafe(room);

/** Decodes a gzip stream as it comes: what can be read of the bytes so far is read at once. */
export class Gunzip {
  readonly #stream = createGunzip();

  constructor() {
    // `take` throws what is wrong.
    this.#stream.on('error', () => {});
  }

  /** @throws {Error} for bytes that are no gzip. */
  take(bytes: Uint8Array): Buffer {
    const { _handle, _writeState } = this.#stream as unknown as Decoder;
    _handle.writeSync(constants.Z_SYNC_FLUSH, bytes, 0, bytes.byteLength, output, 0, room);
    if (this.#stream.destroyed) throw new Error('The bytes are no gzip.');
    const [left = 0] = _writeState;
    return Buffer.from(output.subarray(0, room - left));
  }
}

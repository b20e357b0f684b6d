import { DefaultSerializer, deserialize } from 'node:v8';

/** The bytes of a frame's length. */
const lengthBytes = 4;
const noLength = Buffer.alloc(lengthBytes);

/** More than any message, page or list of calls has. */
const mostBytes = 2 ** 29;

/** More than the first call of a worker has, and its reply. */
export const firstFrameBytes = 4096;

/**
 * Makes a frame of a value: its length, and the bytes of Node's structured clone, which keeps
 * bytes, `undefined` and `Infinity` as they are.
 */
export function encodeFrame(value: unknown): Buffer {
  const serializer = new DefaultSerializer();
  serializer.writeRawBytes(noLength);
  serializer.writeHeader();
  serializer.writeValue(value);
  const bytes = serializer.releaseBuffer();
  bytes.writeUInt32LE(bytes.length - lengthBytes, 0);
  return bytes;
}

/** Reads values out of the bytes of a socket, however they are cut. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #bytes = 0;
  /** The bytes up to the end of the next frame, as far as its length is known. */
  #wanted = lengthBytes;

  /** @param maxBytes the most bytes of a frame. It may change. */
  constructor(public maxBytes = mostBytes) {}

  /** Takes frames of any size from now on. */
  trust(): void {
    this.maxBytes = mostBytes;
  }

  /**
   * Returns the values whose frames are complete.
   *
   * @throws {Error} for bytes that are no frame.
   */
  read(chunk: Buffer): unknown[] {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes < this.#wanted) return [];
    let bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    const values: unknown[] = [];
    for (this.#wanted = this.#endOf(bytes); bytes.length >= this.#wanted; this.#wanted = this.#endOf(bytes)) {
      values.push(deserialize(bytes.subarray(lengthBytes, this.#wanted)));
      bytes = bytes.subarray(this.#wanted);
    }
    this.#chunks = bytes.length > 0 ? [bytes] : [];
    this.#bytes = bytes.length;
    return values;
  }

  /** Returns the end of the first frame, or that of its length where this is not complete. */
  #endOf(bytes: Buffer): number {
    if (bytes.length < lengthBytes) return lengthBytes;
    const length = bytes.readUInt32LE(0);
    if (length > this.maxBytes) throw new Error(`A frame of ${length} bytes is not one of Pushwire`);
    return lengthBytes + length;
  }
}

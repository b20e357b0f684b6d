import { constants, deflateRawSync } from 'node:zlib';

/** The most bytes of a stored block, whose length has 16 bits (RFC 1951, 3.2.4). */
const maxStored = 0xffff;

/** The byte before the lengths of a stored block that is not the last: three bits, and padding. */
const storedHeader = 5;

const largestWindowBits = 15;

/**
 * Deflates bytes into blocks that end with a whole byte, so that others can follow.
 *
 * @param level the compression level of zlib.
 * @param before the bytes that the reader has had directly before. The blocks may refer to them.
 */
export function deflatedBlocks(
  bytes: Uint8Array,
  level: number,
  before?: Uint8Array,
  windowBits = largestWindowBits,
): Buffer {
  const finishFlush = constants.Z_SYNC_FLUSH;
  const dictionary = before && before.byteLength > 0 ? { dictionary: before } : {};
  return deflateRawSync(bytes, { level, windowBits, finishFlush, ...dictionary });
}

export const storedSizeOf = (bytes: number): number => bytes + storedHeader * Math.ceil(bytes / maxStored);

/** Makes blocks of bytes as they are. They refer to nothing, so any reader can read them. */
export function storedBlocks(bytes: Uint8Array): Buffer {
  const blocks = Buffer.allocUnsafe(storedSizeOf(bytes.byteLength));
  writeStoredBlocks(blocks, 0, bytes);
  return blocks;
}

/** Writes the blocks of {@link storedBlocks} to a buffer. */
export function writeStoredBlocks(to: Buffer, at: number, bytes: Uint8Array): void {
  for (let from = 0; from < bytes.byteLength; from += maxStored) {
    const part = bytes.subarray(from, from + maxStored);
    to[at] = 0;
    to.writeUInt16LE(part.byteLength, at + 1);
    to.writeUInt16LE(maxStored - part.byteLength, at + 3);
    to.set(part, at + storedHeader);
    at += storedHeader + part.byteLength;
  }
}

import { crc32 } from 'node:zlib';
import { deflatedBlocks, storedBlocks } from './deflate-blocks';

/** Bytes that several clients get at times of their own, as blocks that refer to nothing else. */
export interface GzipPart {
  readonly blocks: Uint8Array;
  readonly crc: number;
  readonly size: number;
}

export function storedPart(bytes: Uint8Array): GzipPart {
  return { blocks: storedBlocks(bytes), crc: crc32(bytes), size: bytes.byteLength };
}

/** @param level the compression level of zlib. */
export function deflatedPart(bytes: Uint8Array, level: number): GzipPart {
  const deflated = deflatedBlocks(bytes, level);
  const stored = storedPart(bytes);
  return deflated.byteLength < stored.blocks.byteLength ? { ...stored, blocks: deflated } : stored;
}

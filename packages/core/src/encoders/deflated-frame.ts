import { deflatedBlocks } from './deflate-blocks';
import { type Opcode, webSocketFrame } from './web-socket-frame';

/** Compression of a route. Sockets with the same window size share each compressed message. */
export interface DeflateOptions {
  /** The size of the smallest message that is compressed, in bytes. Defaults to 1024. */
  readonly threshold: number;
  /** The compression level of zlib, from 0 to 9, or -1 for zlib's own default. Defaults to -1. */
  readonly level: number;
}

/** The bytes at the end of each message that are left out (RFC 7692, 7.2.1). */
const tail = 4;

/**
 * Makes a frame with a compressed payload. Its compression depends on no earlier message, so that
 * every socket can read it.
 */
export function deflatedFrame(
  kind: Opcode,
  payload: string | Uint8Array,
  windowBits: number,
  deflate: DeflateOptions,
): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
  if (bytes.byteLength < deflate.threshold) return webSocketFrame(kind, bytes);
  const compressed = deflatedBlocks(bytes, deflate.level, undefined, windowBits);
  return webSocketFrame(kind, compressed.subarray(0, -tail), true);
}

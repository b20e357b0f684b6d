import { constants, deflateRawSync } from 'node:zlib';
import { type Opcode, webSocketFrame } from './web-socket-frame';

/** How one route compresses, once for all sockets that agreed on the same window. */
export interface Deflate {
  /** Bytes from which on a message is compressed. */
  readonly threshold: number;
  /** zlib's level, 1 to 9; -1 is its default. */
  readonly level: number;
}

/** What follows each message's last block, and is left out (RFC 7692, 7.2.1). */
const tail = 4;

/** A frame whose payload is compressed without context of earlier ones, so that everyone can read it. */
export function deflatedFrame(
  kind: Opcode,
  payload: string | Uint8Array,
  windowBits: number,
  deflate: Deflate,
): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
  if (bytes.byteLength < deflate.threshold) return webSocketFrame(kind, bytes);
  const compressed = deflateRawSync(bytes, {
    windowBits,
    level: deflate.level,
    finishFlush: constants.Z_SYNC_FLUSH,
  });
  return webSocketFrame(kind, compressed.subarray(0, -tail), true);
}

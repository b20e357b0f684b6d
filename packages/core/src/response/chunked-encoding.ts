import type { ServerResponse } from 'node:http';
import { hasOriginalWrite, usesChunkedEncoding } from '../node-internals/responses';

/**
 * True if the body of an HTTP/1 response may be written to its socket directly, as chunks
 * (RFC 9112, 7.1). The body is the same, a write costs less, and one buffer serves any number of
 * responses. Only chunk boundaries may differ, since Node 26 joins the chunks of one turn.
 *
 * False before the head is made, if middleware handles the body, and while the socket still sends
 * an earlier response.
 */
export function allowsDirectWrites(response: ServerResponse): boolean {
  const { socket, req } = response;
  const isPlain = usesChunkedEncoding(response) && hasOriginalWrite(response);
  return isPlain && socket === req.socket && req.method !== 'HEAD';
}

/**
 * The chunks of bytes. Many clients may get the same ones in different turns, such as the parts of
 * a snapshot. A chunk is kept as long as its bytes are.
 */
const chunks = new WeakMap<Uint8Array, Uint8Array>();
let lastBytes: Uint8Array | undefined;
let lastChunk: Uint8Array = new Uint8Array(0);

/** Frames bytes as a chunk. All calls with the same bytes return the same chunk. */
export function chunkOf(bytes: Uint8Array): Uint8Array {
  if (bytes !== lastBytes) {
    lastChunk = chunks.get(bytes) ?? makeChunk(bytes);
    lastBytes = bytes;
    chunks.set(bytes, lastChunk);
  }
  return lastChunk;
}

/** Frames ASCII text as a chunk. A socket writes it without a buffer. */
export const textChunkOf = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;

function makeChunk(bytes: Uint8Array): Uint8Array {
  const size = `${bytes.byteLength.toString(16)}\r\n`;
  const chunk = Buffer.allocUnsafe(size.length + bytes.byteLength + 2);
  chunk.write(size, 'latin1');
  chunk.set(bytes, size.length);
  chunk.write('\r\n', chunk.length - 2, 'latin1');
  return chunk;
}

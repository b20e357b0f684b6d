import { ServerResponse } from 'node:http';
import { usesChunkedEncoding } from '../node-internals';

/**
 * True where the body of an HTTP/1 response whose head is made may be written to its socket directly, as
 * chunks (RFC 9112, 7.1). The bytes are the same, cost less, and one buffer serves any number of
 * responses. False where middleware handles the body, or another response is in front of this one.
 */
export function allowsDirectWrites(response: ServerResponse): boolean {
  const { socket, req, write } = response;
  // Compression, body counters and the like replace `write`.
  const isPlain = usesChunkedEncoding(response) && write === ServerResponse.prototype.write;
  return isPlain && socket === req.socket && req.method !== 'HEAD';
}

let lastBytes: Uint8Array | undefined;
let lastChunk: Uint8Array = new Uint8Array(0);

/** Frames bytes as a chunk. Connections that are given the same bytes in a row share one chunk. */
export function chunkOf(bytes: Uint8Array): Uint8Array {
  if (bytes !== lastBytes) {
    lastChunk = makeChunk(bytes);
    lastBytes = bytes;
  }
  return lastChunk;
}

function makeChunk(bytes: Uint8Array): Uint8Array {
  const size = `${bytes.byteLength.toString(16)}\r\n`;
  const chunk = Buffer.allocUnsafe(size.length + bytes.byteLength + 2);
  chunk.write(size, 'latin1');
  chunk.set(bytes, size.length);
  chunk.write('\r\n', chunk.length - 2, 'latin1');
  return chunk;
}

import { ServerResponse } from 'node:http';

type Response = ServerResponse & { readonly chunkedEncoding?: boolean };

/**
 * Whether the body of an HTTP/1 response whose head is made may be written to its socket directly, as chunks (RFC 9112, 7.1): the same
 * bytes for less, and the same buffer for any number of responses. Not where something else would have its hand in the body, or where
 * another response is in front of it.
 */
export function mayGoPast(response: ServerResponse): boolean {
  const { socket, chunkedEncoding, req, write } = response as Response;
  // Compression, body counters and the like put functions of their own in the place of this one.
  const isPlain = chunkedEncoding === true && write === ServerResponse.prototype.write;
  return isPlain && socket === req.socket && req.method !== 'HEAD';
}

let lastBytes: Uint8Array | undefined;
let lastChunk: Uint8Array = new Uint8Array(0);

/** Bytes as a chunk. Connections that are given the same bytes, one after the other, are given the same chunk. */
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

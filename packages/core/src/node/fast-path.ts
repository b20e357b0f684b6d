import { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

type Response = ServerResponse & { readonly stream?: unknown; readonly chunkedEncoding?: boolean };

/**
 * The socket of a response whose body may be written to it directly, as chunks (RFC 9112, 7.1): the same bytes for less, and
 * the same buffer for any number of responses. `undefined` where something else would have its hand in the body, or where
 * its head or what was written before is not out yet.
 */
export function socketBehind(response: ServerResponse): Socket | undefined {
  const { socket, chunkedEncoding, stream, req, write, writableLength } = response as Response;
  const isPlain = stream === undefined && chunkedEncoding === true && req.method !== 'HEAD';
  // Compression, body counters and the like put functions of their own in the place of this one.
  if (!isPlain || socket === null || write !== ServerResponse.prototype.write) return undefined;
  const encoding = response.getHeader('content-encoding') ?? 'identity';
  return encoding === 'identity' && writableLength === socket.writableLength ? socket : undefined;
}

const lineEnd = Buffer.from('\r\n');

let lastBytes: Uint8Array | undefined;
let lastChunk: Uint8Array = lineEnd;

/** Bytes as a chunk. Connections that are given the same bytes, one after the other, are given the same chunk. */
export function chunkOf(bytes: Uint8Array): Uint8Array {
  if (bytes !== lastBytes) {
    lastChunk = Buffer.concat([Buffer.from(`${bytes.byteLength.toString(16)}\r\n`), bytes, lineEnd]);
    lastBytes = bytes;
  }
  return lastChunk;
}

import type { IncomingMessage } from 'node:http';
import { badRequest, PushwireError } from '../checks/errors';

/** The type of a body without a `Content-Type` (RFC 9110, 8.3). */
const octetStream = 'application/octet-stream';

/**
 * Reads the body of a request as a message: as bytes where its type is `application/octet-stream`
 * or missing, and as text otherwise. Where a body parser has read the body already, the message
 * comes from what it left; a parsed value becomes JSON text again.
 *
 * @param parsed the value that the body parser left.
 * @throws PushwireError `message-too-large` (413) or `bad-request`. An AbortError if the client
 * leaves.
 * @throws TypeError if the body was read and nothing is left of it.
 */
export async function readMessage(
  incoming: IncomingMessage,
  parsed: unknown,
  maxBytes: number,
): Promise<string | Buffer> {
  const { 'content-type': type = octetStream, 'content-encoding': encoding = 'identity' } = incoming.headers;
  const isBinary = type.startsWith(octetStream);
  const bytes = incoming.readableDidRead ? bytesOf(parsed) : await readBytes(incoming, encoding, maxBytes);
  if (bytes.byteLength > maxBytes) throw tooLarge(maxBytes);
  return isBinary ? bytes : textOf(bytes);
}

const tooLarge = (maxBytes: number) =>
  new PushwireError('message-too-large', `A message may have at most ${maxBytes} bytes.`, { status: 413 });

function bytesOf(parsed: unknown): Buffer {
  if (Buffer.isBuffer(parsed)) return parsed;
  const text = typeof parsed === 'string' ? parsed : JSON.stringify(parsed);
  if (text === undefined) {
    throw new TypeError('onMessage: expected the body parser to leave the body on the request, got undefined');
  }
  return Buffer.from(text);
}

function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw badRequest('The message is not valid UTF-8.');
  }
}

function readBytes(incoming: IncomingMessage, encoding: string, maxBytes: number): Promise<Buffer> {
  if (encoding !== 'identity') throw badRequest('The message must not be compressed.');
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const collect = (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.byteLength;
      if (size <= maxBytes) return;
      // Node reads the rest and drops it.
      incoming.off('data', collect);
      incoming.resume();
      reject(tooLarge(maxBytes));
    };
    incoming.on('data', collect);
    incoming.once('end', () => resolve(Buffer.concat(chunks)));
    for (const event of ['error', 'close']) {
      incoming.once(event, () => reject(new DOMException('The client has left', 'AbortError')));
    }
  });
}

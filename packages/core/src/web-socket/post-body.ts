import type { IncomingMessage } from 'node:http';
import { badRequest, PushwireError } from '../checks/errors';

/** What a body is that says nothing of itself (RFC 9110, 8.3). */
const octets = 'application/octet-stream';

/**
 * The body of a request as a message: bytes where it says that it is such, or nothing, and text otherwise. What a body parser has read
 * already is taken from it: a value as its JSON text.
 *
 * @param parsed what the body parser has left.
 * @param most bytes that it may have.
 * @throws PushwireError `message-too-large` (413) or `bad-request`; an AbortError where the client leaves.
 * @throws TypeError where somebody has read the body and left nothing.
 */
export async function readMessage(incoming: IncomingMessage, parsed: unknown, most: number): Promise<string | Buffer> {
  const { 'content-type': type = octets, 'content-encoding': encoding = 'identity' } = incoming.headers;
  const isBinary = type.startsWith(octets);
  const bytes = incoming.readableDidRead ? bytesOf(parsed) : await readBytes(incoming, encoding, most);
  if (bytes.byteLength > most) throw tooLarge(most);
  return isBinary ? bytes : textOf(bytes);
}

const tooLarge = (most: number) =>
  new PushwireError('message-too-large', `A message may have ${most} bytes.`, { status: 413 });

function bytesOf(parsed: unknown): Buffer {
  if (Buffer.isBuffer(parsed)) return parsed;
  const text = typeof parsed === 'string' ? parsed : JSON.stringify(parsed);
  if (text === undefined) throw new TypeError('onMessage: expected a body parser to leave the body, got undefined');
  return Buffer.from(text);
}

function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw badRequest('The message is no UTF-8.');
  }
}

function readBytes(incoming: IncomingMessage, encoding: string, most: number): Promise<Buffer> {
  if (encoding !== 'identity') throw badRequest('The message must not be compressed.');
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const take = (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.byteLength;
      if (size <= most) return;
      // The rest of it is read by Node, and thrown away.
      incoming.off('data', take);
      incoming.resume();
      reject(tooLarge(most));
    };
    incoming.on('data', take);
    incoming.once('end', () => resolve(Buffer.concat(chunks)));
    for (const leaving of ['error', 'close']) {
      incoming.once(leaving, () => reject(new DOMException('The client has left', 'AbortError')));
    }
  });
}

import type { IncomingMessage } from 'node:http';
import { badRequest, PushwireError } from '../checks/errors';
import type { Clock } from '../time/clock';

/** The type of a body without a `Content-Type` (RFC 9110, 8.3). */
const octetStream = 'application/octet-stream';

/** Limits on the body of a POST. */
export interface BodyLimits {
  readonly maxBytes: number;
  /** Milliseconds in which the whole body must arrive. */
  readonly timeout: number;
  readonly clock: Clock;
  /** Fires when nobody waits for the body any more. */
  readonly signal: AbortSignal;
}

/**
 * Reads the body of a request as a message: as bytes where its type is `application/octet-stream`
 * or missing, and as text otherwise. Where a body parser has read the body already, the message
 * comes from what it left; a parsed value becomes JSON text again. Nothing more is read of a body
 * that is refused.
 *
 * @param parsed the value that the body parser left.
 * @throws PushwireError `message-too-large` (413), `body-timeout` (408) or `bad-request`. An
 * AbortError if the client leaves.
 * @throws TypeError if the body was read and nothing is left of it.
 */
export async function readMessage(
  incoming: IncomingMessage,
  parsed: unknown,
  limits: BodyLimits,
): Promise<string | Buffer> {
  const { maxBytes } = limits;
  const { 'content-type': type = octetStream, 'content-encoding': encoding = 'identity' } = incoming.headers;
  const isBinary = type.startsWith(octetStream);
  const bytes = incoming.readableDidRead ? bytesOf(parsed) : await readBytes(incoming, encoding, limits);
  if (bytes.byteLength > maxBytes) throw tooLarge(maxBytes);
  return isBinary ? bytes : textOf(bytes);
}

const tooLarge = (maxBytes: number) =>
  new PushwireError('message-too-large', `A message may have at most ${maxBytes} bytes.`, { status: 413 });

function bytesOf(parsed: unknown): Buffer {
  if (Buffer.isBuffer(parsed)) return parsed;
  const text = typeof parsed === 'string' ? parsed : jsonOf(parsed);
  if (text === undefined) {
    throw new TypeError('onMessage: expected the body parser to leave the body on the request, got undefined');
  }
  return Buffer.from(text);
}

/** A value may be nested more deeply than it can be written, though it has been parsed. */
function jsonOf(parsed: unknown): string | undefined {
  try {
    return JSON.stringify(parsed);
  } catch {
    throw badRequest('The message is nested too deeply.');
  }
}

function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw badRequest('The message is not valid UTF-8.');
  }
}

const tooSlow = (ms: number) =>
  new PushwireError('body-timeout', `The message did not arrive within ${ms} ms.`, { status: 408 });

function readBytes(
  incoming: IncomingMessage,
  encoding: string,
  { maxBytes, timeout, clock, signal }: BodyLimits,
): Promise<Buffer> {
  if (encoding !== 'identity') throw badRequest('The message must not be compressed.');
  if (Number(incoming.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  // A body parser has read an empty body, of which there is no data.
  if (incoming.readableEnded) return Promise.resolve(Buffer.alloc(0));
  return new Promise<Buffer>((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const stopTimeout = clock.after(timeout, () => settle(() => reject(tooSlow(timeout))));
    const settle = (act: () => void) => {
      stopTimeout();
      incoming.off('data', collect);
      signal.removeEventListener('abort', leave);
      act();
    };
    const collect = (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.byteLength;
      if (size > maxBytes) settle(() => reject(tooLarge(maxBytes)));
    };
    incoming.on('data', collect);
    incoming.once('end', () => settle(() => resolve(Buffer.concat(chunks))));
    const leave = () => settle(() => reject(new DOMException('The client has left', 'AbortError')));
    for (const event of ['error', 'close']) incoming.once(event, leave);
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave);
  });
}

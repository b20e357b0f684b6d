import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Content } from '../protocol/command';
import { isJson } from '../protocol/content-type';
import { messagesOf } from '../protocol/json-messages';
import { Refusal } from './refusal';

/** A body that is larger than its limit by this factor is not read to its end. */
const mostDropped = 4;

/**
 * Reads the body of a request.
 *
 * @throws Refusal for a body that is too large. Most clients read the answer only when they have
 * sent it all, so the rest is read and dropped, within bounds.
 * @throws Error for a body that middleware has read before.
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const hasBody = request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length']) > 0;
  if (hasBody && request.readableEnded) {
    throw new Error('Middleware such as express.json() has read the body. Mount durable streams before it.');
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes <= maxBytes) chunks.push(chunk);
    else chunks.length = 0;
    if (bytes > mostDropped * maxBytes) break;
  }
  expectAtMost(maxBytes, bytes);
  return Buffer.concat(chunks);
}

/** @throws Refusal for an append that is too large. */
export function expectAtMost(maxBytes: number, bytes: number): void {
  if (bytes > maxBytes) throw new Refusal(413, `An append may have at most ${maxBytes} bytes.`);
}

/**
 * Returns a body as the log keeps it. `''` means that there are no messages in it.
 *
 * @throws Refusal for a body that is no JSON on a stream of JSON.
 */
export function contentOf(body: Buffer, contentType: string): Content {
  if (body.byteLength === 0) return '';
  if (!isJson(contentType)) return isUtf8(body) ? body.toString() : body;
  const messages = messagesOf(body);
  if (messages === undefined) throw new Refusal(400, 'The body is no JSON.');
  return messages;
}

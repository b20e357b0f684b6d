import type { IncomingMessage } from 'node:http';
import readRaw from 'raw-body';
import { Refusal } from './refusal';

/** Reads a request's body. @throws {Refusal} 400, 413 or 415. */
export async function readText(request: IncomingMessage, maxBytes: number): Promise<string> {
  const { 'content-encoding': encoding = 'identity', 'content-length': length } = request.headers;
  if (encoding !== 'identity') throw new Refusal(415, `The content encoding ${encoding} is not supported here.`);
  const bytes = await readRaw(request, { limit: maxBytes, length: length ?? null }).catch((cause) => {
    if (cause.type !== 'entity.too.large') throw cause;
    throw new Refusal(413, `The body is larger than ${maxBytes / 1024} KiB.`, { cause });
  });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Refusal(400, 'The body is not valid UTF-8.', { cause });
  }
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { lastValue } from './fields';
import type { Answer } from './refusal';

/** Headers that the app has set are kept, unless the answer has them too. */
export function setHeaders(response: ServerResponse, headers: Answer['headers'] = {}): void {
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) response.setHeader(name, value);
}

export function send(request: IncomingMessage, response: ServerResponse, { status, headers, body = '' }: Answer): void {
  response.statusCode = status;
  setHeaders(response, headers);
  const hasBody = status !== 204 && status !== 304 && request.method !== 'HEAD';
  if (hasBody) response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(hasBody ? body : undefined);
}

/** True if the client has the answer with this tag already. */
export function matches(request: IncomingMessage, etag: string): boolean {
  const known = lastValue(request, 'if-none-match');
  return known !== undefined && (known.trim() === '*' || known.split(',').some((tag) => weak(tag) === etag));
}

const weak = (tag: string): string => tag.trim().replace(/^W\//, '');

import type { IncomingMessage, ServerResponse } from 'node:http';
import { lastValue } from './fields';

/** The answer to a request that is answered at once. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string | Uint8Array;
}

/** Answers a request that cannot be done. The sentence is for the client. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    sentence: string,
    readonly headers: Answer['headers'] = {},
  ) {
    super(sentence);
  }

  get answer(): Answer {
    const headers = { 'Cache-Control': 'no-store', ...this.headers, 'Content-Type': 'text/plain; charset=utf-8' };
    return { status: this.status, headers, body: `${this.message}\n` };
  }
}

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

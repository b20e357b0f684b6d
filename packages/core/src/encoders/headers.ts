import { oneOf } from '../checks/check-options';
import { misuse } from '../checks/errors';
import { cometContentType } from './comet';
import { ndjsonEncoder } from './ndjson';
import { sseEncoder } from './sse';
import type { TransportName } from './transport-name';

/** Headers that let a stream pass through proxies without buffering. */
export const streamHeaders = {
  // Express's compression and most proxies obey `no-transform`.
  'Cache-Control': 'no-cache, no-store, no-transform',
  // The only header that stopped every measured proxy from compressing.
  'Content-Encoding': 'identity',
  // nginx buffers a stream without it.
  'X-Accel-Buffering': 'no',
  'X-Content-Type-Options': 'nosniff',
} as const;

const nosniff = { 'X-Content-Type-Options': 'nosniff' };

/** Headers of an answer to a poll, apart from those of its body. */
export const pollHeaders = {
  /** No cache may give the answer to another client. */
  unshared: { 'Cache-Control': 'private, no-store', ...nosniff },
  /** Caches may share the answer for so many seconds. */
  shared: (maxAge: number) => ({ 'Cache-Control': `public, max-age=${maxAge}`, ...nosniff }),
  /** The client may keep the answer, so that an unchanged one costs no body. */
  kept: (cursor: string) => ({ 'Cache-Control': 'private, no-cache', ETag: `"${cursor}"`, ...nosniff }),
} as const;

export const pollContentType = 'application/json; charset=utf-8';

const contentTypes = {
  sse: sseEncoder.contentType,
  ndjson: ndjsonEncoder.contentType,
  comet: cometContentType,
};

/** The transports whose head is that of an HTTP response. */
export type HttpTransport = Exclude<TransportName, 'websocket'>;

const aTransport = oneOf(...Object.keys(contentTypes), 'long-poll', 'poll');

/**
 * Returns the headers that a response of a transport needs. They let a stream pass through proxies
 * and compression at once, and keep an answer to a poll out of caches. A stream of HTTP/1.1 should
 * also have `Connection: close`, and an answer its `Content-Length`.
 *
 * @param cursor the cursor of the answer to an interval poll, for its `ETag`. Without one, the
 * client may not keep the answer.
 * @throws TypeError for an unknown transport, and for a cursor that no `ETag` can hold.
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { encodeEvent, headersOf } from '@pushwire/core/encoders';
 *
 * createServer((_request, response) => {
 *   response.writeHead(200, headersOf('sse'));
 *   response.write(encodeEvent({ data: 'hello' }));
 * }).listen(3000);
 * ```
 */
export function headersOf(transport: HttpTransport, cursor?: string): Record<string, string> {
  const wanted = aTransport(transport);
  if (wanted !== undefined) throw misuse('transport', wanted, transport);
  if (cursor !== undefined && (typeof cursor !== 'string' || !etagText.test(cursor))) {
    throw misuse('cursor', 'a text for an ETag', cursor);
  }
  if (transport !== 'long-poll' && transport !== 'poll') {
    return { 'Content-Type': contentTypes[transport], ...streamHeaders };
  }
  const caching = transport === 'poll' && cursor !== undefined ? pollHeaders.kept(cursor) : pollHeaders.unshared;
  return { 'Content-Type': pollContentType, ...caching };
}

/** The characters of an entity tag (RFC 9110, 8.8.3). */
const etagText = /^[\x21\x23-\x7e]*$/;

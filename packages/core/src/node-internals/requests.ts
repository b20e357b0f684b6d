// Node does not document what these functions use. Each says what happens if Node changes it, and
// `test/node-internals.test.ts` checks each assumption on every supported version.

import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import type { Socket } from 'node:net';
import type { ServedSocket } from './sockets';

/**
 * The newest request that the parser of a socket has read: `socket.parser.incoming`.
 *
 * If it is missing, this returns `undefined`, and no response is detached.
 */
export function newestRequestOf(socket: Socket): IncomingMessage | undefined {
  return (socket as { parser?: { incoming?: IncomingMessage | null } }).parser?.incoming ?? undefined;
}

/** Half of the entries of `rawHeaders` are names, and half are values. */
const defaultRawHeaders = 2000;

/**
 * True if a request may have had more header fields than Node collects. Node drops the others in
 * silence, such as a `Content-Length`, though it obeys them. It collects as many as
 * `server.maxHeadersCount` says, or 1000 by default.
 *
 * If the default becomes larger, this is true for requests that lack nothing.
 */
export function mayLackHeaders({ rawHeaders, socket }: IncomingMessage): boolean {
  const count = (socket as ServedSocket | null)?.server?.maxHeadersCount;
  const max = typeof count === 'number' ? 2 * count : defaultRawHeaders;
  return max > 0 && rawHeaders.length >= max;
}

/**
 * Makes an extended CONNECT of HTTP/2 look like the GET that it would be over HTTP/1.1.
 * `request.method` is documented as read-only, but has a setter.
 *
 * There is no fallback: if the setter is missing, this throws.
 */
export function presentAsGet(request: Http2ServerRequest): void {
  (request as { method: string }).method = 'GET';
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { constants, type Http2ServerRequest, type Http2ServerResponse, type ServerHttp2Stream } from 'node:http2';
import { closeAtEnd } from './connection-end';

/**
 * Reads no more of a request's body, before the request is refused. Otherwise Node reads and drops
 * the rest, however long it is. The connection is closed after the answer, since the next request
 * on it would come after that rest. Over HTTP/2, only the stream is closed.
 */
export function leaveUnread(incoming: IncomingMessage, response: ServerResponse): void {
  if (incoming.complete) return;
  incoming.pause();
  if (incoming.httpVersionMajor < 2) closeAtEnd(response);
  // Node's response emits `finish` only when its stream is closed.
  else (response as unknown as Http2ServerResponse).stream.once('finish', closeStream);
}

function closeStream(this: ServerHttp2Stream): void {
  this.close(constants.NGHTTP2_NO_ERROR);
  // With unread bytes, Node would keep the stream, and its session.
  this.destroy();
}

/** True if a request has a body (RFC 9112, 6), which may not have arrived yet. */
export function hasBody(request: IncomingMessage): boolean {
  const { stream } = request as unknown as Partial<Http2ServerRequest>;
  // The stream of a WebSocket stays open, and its request is presented as a GET.
  if (stream) return request.method !== 'GET' && !stream.endAfterHeaders;
  const { 'transfer-encoding': coding, 'content-length': length = 0 } = request.headers;
  return coding !== undefined || Number(length) !== 0;
}

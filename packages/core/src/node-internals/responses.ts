// Node does not document what these functions use. Each says what happens if Node changes it, and
// `test/node-internals.test.ts` checks each assumption on every supported version.

import type { EventEmitter } from 'node:events';
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex, Writable } from 'node:stream';

/**
 * True if `write` of a response is the one of its class. Compression, body counters and the like
 * replace it.
 *
 * If Node gives each response a `write` of its own, this returns false, and all bytes go through
 * `response.write()`.
 */
export function hasOriginalWrite({ write }: ServerResponse): boolean {
  return write === ServerResponse.prototype.write;
}

/**
 * True if a response frames its body as chunks: `response.chunkedEncoding`.
 *
 * If it is missing, this returns false, and all bytes go through `response.write()`.
 */
export function usesChunkedEncoding(response: ServerResponse): boolean {
  return (response as { chunkedEncoding?: boolean }).chunkedEncoding === true;
}

/**
 * Calls a listener when a response that waited behind another one gets its socket: the event
 * `socket`.
 *
 * There is no fallback: if Node does not emit it, a request that a client sends before the answer
 * to its last one is not answered until the connection closes.
 */
export function onSocketAssigned(response: ServerResponse, listener: () => void): void {
  response.once('socket', listener);
}

/**
 * The response that a socket is busy with: `socket._httpMessage`. An upgrade must wait for it,
 * since a client may send one behind another request.
 *
 * If it is missing, this returns `undefined`, and such an upgrade is answered out of turn.
 */
export function currentResponseOf(socket: Duplex): ServerResponse | undefined {
  return (socket as { _httpMessage?: ServerResponse | null })._httpMessage ?? undefined;
}

/**
 * Creates a response on the socket of an upgrade, for which Node has none. It closes the socket at
 * its end, and says so.
 *
 * There is no fallback: if Node changes the constructor of `ServerResponse` or `assignSocket()`,
 * middleware cannot answer an upgrade.
 */
export function createResponse(request: IncomingMessage, socket: Duplex): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  assignSocket(response, socket);
  return response;
}

/**
 * A socket has this for its response, which sets `_writableState.corked` when it ends, and closes
 * when its socket emits `close`.
 *
 * If it comes to use more, a response that has accepted a WebSocket throws at its end.
 */
export type StandIn = EventEmitter &
  Pick<Writable, 'destroyed' | 'writable' | 'writableLength' | 'writableHighWaterMark' | 'cork' | 'uncork'> & {
    write(chunk: string | Uint8Array, encoding?: BufferEncoding, done?: () => void): boolean;
    destroy(error?: Error): unknown;
  };

/** Lets a response write to a socket, or to what stands in for it. See {@link createResponse}. */
export function assignSocket(response: ServerResponse, socket: StandIn): void {
  response.assignSocket(socket as unknown as Socket);
}

/** Takes its socket from a response, and leaves the socket open. See {@link createResponse}. */
export function unassignSocket(response: ServerResponse, socket: StandIn): void {
  response.detachSocket(socket as unknown as Socket);
}

/**
 * Gives a response its socket back for reading, after `unassignSocket()` has set it to null.
 *
 * There is no fallback: if `response.socket` becomes read-only, this throws.
 */
export function restoreSocket(response: ServerResponse, socket: Socket): void {
  (response as { socket: Socket }).socket = socket;
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { allowsHalfOpen, isUnwatched, newestRequestOf, releaseFromServer } from '../node-internals';

/** Returns true where a response may be detached in the next turn. Its request is read to the end then. */
export function prepareToDetach(response: ServerResponse): boolean {
  const { req, socket } = response;
  const may = socket !== null && req.complete && isOrdinary(socket, req) && isUnwatched(response);
  if (may) req.resume();
  return may;
}

/**
 * Detaches a socket from its request, its response and its HTTP parser, which take three quarters
 * of the memory of an idle connection. The caller serves the socket from then on, as after an
 * upgrade.
 *
 * @returns the socket; `undefined` where the app could notice: something waits for the response's
 * end or the rest of the request, middleware handles the body, or Node's server has changed.
 */
export function detachSocket(response: ServerResponse): Socket | undefined {
  const { req, socket } = response;
  const isWritten = socket !== null && response.writableLength === socket.writableLength;
  const isRead = req.destroyed && req.readableEnded;
  if (!isWritten || !isRead || !isOrdinary(socket, req) || !isUnwatched(response)) return undefined;
  const release = releaseFromServer(socket);
  if (release === undefined) return undefined;
  response.detachSocket(socket);
  release();
  socket.on('error', ignore);
  return socket;
}

/** True for a plain socket without a timeout, half-open connections, or another request behind this one. */
function isOrdinary(socket: Socket, request: IncomingMessage): boolean {
  const isPlain = socket instanceof Socket && !socket.destroyed && !socket.timeout;
  return isPlain && !allowsHalfOpen(socket) && newestRequestOf(socket) === request;
}

function ignore(): void {}

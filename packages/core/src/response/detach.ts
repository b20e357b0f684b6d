import type { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { eventsWithListeners } from '../node-internals/events';
import { newestRequestOf } from '../node-internals/requests';
import { isUnwatched } from '../node-internals/response-ends';
import { unassignSocket } from '../node-internals/responses';
import { allowsHalfOpen, releaseFromServer } from '../node-internals/sockets';
import { closeWithServer } from './close-with-server';
import { linkToSink } from './detached-response';
import { DetachedSink, sinkListeners } from './detached-sink';

/**
 * Reads a request to its end, so that its stream may let go of it in the next tick. Returns false
 * if something needs the request or its parser.
 */
export function prepareToLetGo({ req, socket }: ServerResponse): boolean {
  const isUnused = socket !== null && req.complete && eventsWithListeners(req) === 0 && isOrdinary(socket, req);
  if (isUnused) endReading(req);
  return isUnused;
}

/**
 * Detaches a socket from its request, its response and its HTTP parser, which take three quarters
 * of the memory of an idle connection. The socket is served by the sink from then on, as after an
 * upgrade.
 *
 * @param client the client's key, where connections are counted for each client.
 * @returns the sink, or `undefined` if the app could notice: something waits for the response's
 * end or the rest of the request, middleware handles the body, or Node's server has changed.
 */
export function detach(response: ServerResponse, client: string | undefined): DetachedSink | undefined {
  const socket = detachSocket(response);
  if (socket === undefined) return undefined;
  const sink = new DetachedSink(socket, client);
  linkToSink(response, socket);
  closeWithServer(socket);
  return sink;
}

/**
 * Emits the request's `close` when a response that was prepared for it could not be detached. The
 * request is read to its end, so Node emits nothing for those who began to listen meanwhile.
 */
export function passOnClose(response: ServerResponse): void {
  const { req } = response;
  if (eventsWithListeners(req) > 0) response.once('close', () => req.emit('close'));
}

function detachSocket(response: ServerResponse): Socket | undefined {
  const { req, socket } = response;
  const isWritten = socket !== null && response.writableLength === socket.writableLength;
  const isRead = req.destroyed && req.readableEnded;
  if (!isWritten || !isRead || !isOrdinary(socket, req) || !isUnwatched(response)) return undefined;
  const release = releaseFromServer(socket, sinkListeners);
  if (release === undefined) return undefined;
  unassignSocket(response, socket);
  release();
  return socket;
}

/**
 * Reads the end of a request whose body has come, or is to be dropped. Where there is no body, that
 * takes fewer turns than letting it flow.
 */
export function endReading(request: IncomingMessage): void {
  if (request.readableLength > 0 || request.readableFlowing !== null) request.resume();
  else request.read();
}

/** True for a plain socket without a timeout, without half-open connections or a later request. */
export function isOrdinary(socket: Socket, request: IncomingMessage): boolean {
  const isPlain = socket instanceof Socket && !socket.destroyed && !socket.timeout;
  return isPlain && !allowsHalfOpen(socket) && newestRequestOf(socket) === request;
}

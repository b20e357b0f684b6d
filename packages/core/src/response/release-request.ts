import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { eventsWithListeners } from '../node-internals/events';
import { shareHeaders } from '../node-internals/heads';
import { closeResponse, releaseResponse } from '../node-internals/response-ends';
import { currentResponseOf } from '../node-internals/responses';
import { releaseFromServer } from '../node-internals/sockets';
import { closeWithServer } from './close-with-server';
import { isOrdinary } from './detach';
import { emitForSocket } from './detached-response';
import { maxIgnoredBytes } from './detached-sink';

/** The key of the bytes that a socket had received when its parser was freed. */
const receivedOf = Symbol('pushwire.received');

type ReleasedSocket = Socket & { [receivedOf]?: number };

/**
 * Frees the HTTP parser of a stream whose framework still waits for its response. The response
 * stays as it is, with all of its events. The request keeps its properties.
 *
 * @returns false if something waits for the rest of the request, or Node's server has changed.
 */
export function releaseRequest(response: ServerResponse): boolean {
  const { req, socket } = response;
  if (socket === null || !isRead(req) || !isOrdinary(socket, req)) return false;
  const release = releaseFromServer(socket, ownListeners);
  if (release === undefined) return false;
  (socket as ReleasedSocket)[receivedOf] = socket.bytesRead;
  release();
  emitForSocket(req);
  closeWithServer(socket);
  shareHeaders(response);
  releaseResponse(response, onFinish);
  return true;
}

const isRead = (request: IncomingMessage) =>
  request.destroyed && request.readableEnded && eventsWithListeners(request) === 0;

/** All sockets share these, so an idle connection holds no closures. */
const ownListeners = { data: dropBytes, drain: onDrain, end, error() {} };

/** The head has said that no further request is read, so a client that sends on is cut off. */
function dropBytes(this: ReleasedSocket): void {
  if (this.bytesRead - (this[receivedOf] ?? 0) > maxIgnoredBytes) this.destroy();
}

/** The head has said that the connection closes, which Node's server would do here. */
function onFinish(this: ServerResponse): void {
  const { socket } = this;
  if (socket === null) return;
  closeResponse(this, socket);
  socket.destroySoon();
}

/** Tells the app that its response takes more, as Node's server does. */
function onDrain(this: Socket): void {
  const response = currentResponseOf(this);
  if (response?.writableNeedDrain) response.emit('drain');
}

/** A client that half-closes its connection has left, as for Node's own server. */
function end(this: Socket): void {
  this.destroySoon();
}

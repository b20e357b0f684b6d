import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const streamOf = Symbol('pushwire.stream');
type HeldResponse = ServerResponse & { [streamOf]?: { end(): void } };
type Held = IncomingMessage | ServerResponse;
type Late = (this: Held, event: string, listener: (...given: unknown[]) => void) => Held;

/** What is told to those who have asked too late for Node to tell them. */
const told = new WeakSet<Held>();

/**
 * Lets an app that still holds a response which was let go, or its request, end the stream and hear of its end. They know the
 * stream, and the stream does not know them, so that what nobody holds is collected.
 */
export function linkToStream(response: HeldResponse, stream: { end(): void }, socket: Socket): void {
  response[streamOf] = stream;
  const { req } = response;
  Object.assign(response, { socket, end: endStream, on: listenLate, addListener: listenLate });
  Object.assign(req, { destroy: destroySocket, on: listenLate, addListener: listenLate });
}

function endStream(this: HeldResponse): HeldResponse {
  this[streamOf]?.end();
  return this;
}

function destroySocket(this: IncomingMessage, error?: Error): IncomingMessage {
  this.socket.destroy(error);
  return this;
}

const listenLate: Late = function (event, listener) {
  Object.getPrototypeOf(this).on.call(this, event, listener);
  if (told.has(this)) return this;
  told.add(this);
  this.socket?.once('close', () => this.emit('close'));
  return this;
};

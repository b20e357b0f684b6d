import { channel } from 'node:diagnostics_channel';
import { type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { socketBehind } from './fast-path';

/** A socket of Node's server; its parser's `incoming` is the latest request that came. */
type HttpSocket = Socket & {
  readonly parser?: { readonly incoming?: IncomingMessage | null };
  readonly server?: Server;
};
type Listener = (this: Socket, ...given: unknown[]) => void;

/** What Node's HTTP server listens to on the socket of a connection, by event and name of the listener. */
const nodesListeners = [
  ['data', 'bound socketOnData'],
  ['end', 'bound socketOnEnd'],
  ['drain', 'bound socketOnDrain'],
  ['error', 'socketOnError'],
  ['timeout', 'socketOnTimeout'],
  ['close', 'bound socketOnClose'],
] as const;

/** What Node's server itself does when a response has ended. */
const nodesFinish = 'bound resOnFinish';

/** Where monitors hear of it, without listening to the response. */
const finishTopic = channel('http.server.response.finish');

/**
 * Takes a socket away from the request and response that it came with, which are half of what an idle connection costs, the
 * HTTP parser among it. What goes on over the socket is up to the caller, as after an upgrade; Node's parser is freed by
 * Node's own listener for a closed socket.
 *
 * @param own listeners of the response that need not be told.
 * @returns the socket; `undefined` where that could be noticed: something waits for the response's end or for the rest of
 * the request, has its hand in the body, or Node's server is not built as it was known to be.
 */
export function takeSocketOf(response: ServerResponse, own: readonly unknown[]): Socket | undefined {
  const socket = socketBehind(response);
  if (socket === undefined || socket.destroyed || socket.timeout || !isUnwatched(response, own)) return undefined;
  if ((socket as HttpSocket).parser?.incoming !== response.req) return undefined;
  const found = nodesListeners.map(([event, name]) => findListener(socket, event, name));
  if (!found.every((listener) => listener !== undefined)) return undefined;
  response.detachSocket(socket);
  // Hearing of data is what makes the parser give up the socket's handle.
  socket.on('data', ignore);
  for (const [i, [event]] of nodesListeners.entries()) socket.off(event, found[i] as Listener);
  withoutStackTrace(() => found.at(-1)?.call(socket));
  socket.on('error', ignore);
  closeWithServer(socket);
  return socket;
}

/** Lets Node see the end of a request that has no body, so that the request is done with. */
export function finishReading(request: IncomingMessage): void {
  if (request.complete && request.eventNames().length === 0) request.resume();
}

function isUnwatched(response: ServerResponse, own: readonly unknown[]): boolean {
  const { req } = response;
  const isOver = req.destroyed && req.readableEnded && req.eventNames().length === 0;
  const isPlain = response.end === ServerResponse.prototype.end && !Object.hasOwn(response, 'destroy');
  if (!isOver || !isPlain || finishTopic.hasSubscribers) return false;
  const ignores = (listener: unknown) => own.includes(listener) || (listener as Listener).name === nodesFinish;
  return response.eventNames().every((event) => response.listeners(event).every(ignores));
}

function findListener(socket: Socket, event: string, name: string): Listener | undefined {
  return socket.listeners(event).find((listener) => listener.name === name) as Listener | undefined;
}

/** Node makes an error for the request that is given up, which nobody sees. */
function withoutStackTrace(act: () => void): void {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  act();
  Error.stackTraceLimit = limit;
}

function ignore(): void {}

const taken = new WeakMap<Server, Set<Socket>>();

/** Node's server knows no more of this socket, but is still asked to close it by `closeAllConnections()`. */
function closeWithServer(socket: HttpSocket): void {
  const { server } = socket;
  if (server === undefined) return;
  let sockets = taken.get(server);
  if (sockets === undefined) {
    const own = new Set<Socket>();
    taken.set(server, (sockets = own));
    const closeAll = server.closeAllConnections;
    server.closeAllConnections = function () {
      closeAll.call(this);
      for (const each of own) each.destroy();
    };
  }
  sockets.add(socket);
  socket.on('close', forget);
}

function forget(this: HttpSocket): void {
  if (this.server) taken.get(this.server)?.delete(this);
}

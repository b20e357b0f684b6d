import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { isUnwatched } from '../node/unwatched';

/** A socket of Node's server; its parser's `incoming` is the latest request that came. */
type HttpSocket = Socket & {
  readonly parser?: { readonly incoming?: IncomingMessage | null };
  readonly server?: Server & { readonly httpAllowHalfOpen?: boolean };
};
type Listener = (this: Socket, ...given: unknown[]) => void;

/** What Node's HTTP server listens to on the socket of a connection, by event and name of the listener. */
const nodesListeners = [
  ['data', 'bound socketOnData'],
  ['end', 'bound socketOnEnd'],
  ['drain', 'bound socketOnDrain'],
  ['error', 'socketOnError'],
  ['close', 'bound socketOnClose'],
] as const;

/** Whether a response may be let go in the next turn. Its request is read to its end then, so that Node is done with it. */
export function prepareToLetGo(response: ServerResponse): boolean {
  const { req, socket } = response;
  const may = socket !== null && req.complete && isOrdinary(socket, req) && isUnwatched(response);
  if (may) req.resume();
  return may;
}

/**
 * Takes a socket away from the request and response that it came with, which are three quarters of what an idle connection costs, the
 * HTTP parser among it. What goes on over the socket is up to the caller, as after an upgrade; Node's parser is freed by
 * Node's own listener for a closed socket.
 *
 * @returns the socket; `undefined` where that could be noticed: something waits for the response's end or for the rest of
 * the request, has its hand in the body, or Node's server is not built as it was known to be.
 */
export function takeSocketOf(response: ServerResponse): Socket | undefined {
  const { req, socket } = response;
  const isOut = socket !== null && response.writableLength === socket.writableLength;
  const isOver = req.destroyed && req.readableEnded;
  if (!isOut || !isOver || !isOrdinary(socket, req) || !isUnwatched(response)) return undefined;
  const found: Listener[] = [];
  for (const [event, name] of nodesListeners) {
    const listener = findListener(socket, event, name);
    if (listener === undefined) return undefined;
    found.push(listener);
  }
  response.detachSocket(socket);
  // Hearing of data is what makes the parser give up the socket's handle.
  socket.on('data', ignore);
  for (const [i, [event]] of nodesListeners.entries()) socket.off(event, found[i] as Listener);
  withoutStackTrace(() => found.at(-1)?.call(socket));
  socket.on('error', ignore);
  return socket;
}

/** Whether nothing else is going on with a socket: no timeout, no half-open connection, no other request behind this one. */
function isOrdinary(socket: HttpSocket, request: IncomingMessage): boolean {
  const isPlain = socket instanceof Socket && !socket.destroyed && !socket.timeout;
  return isPlain && !socket.server?.httpAllowHalfOpen && socket.parser?.incoming === request;
}

function findListener(socket: Socket, event: string, name: string): Listener | undefined {
  return socket.listeners(event).find((listener) => listener.name === name) as Listener | undefined;
}

/** Node makes an error for the request that is given up, which nobody sees. */
function withoutStackTrace(act: () => void): void {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    act();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

function ignore(): void {}

// Everything that the core reads of Node and Node does not document. Each function says what
// happens where the internal is missing: the core then takes a slower way with the same bytes.
// `test/node-internals.test.ts` checks each assumption on every supported Node version.

import { channel } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import { type IncomingMessage, OutgoingMessage, type Server, ServerResponse } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

type SocketListener = (this: Socket, ...args: unknown[]) => void;

/** The listeners of Node's HTTP server on each of its sockets, by event and function name. */
const serverListeners = [
  ['data', 'bound socketOnData'],
  ['end', 'bound socketOnEnd'],
  ['drain', 'bound socketOnDrain'],
  ['error', 'socketOnError'],
  ['close', 'bound socketOnClose'],
] as const;

/**
 * Finds a function that removes the HTTP server's listeners from a socket and frees the HTTP
 * parser, as Node does when a socket closes. The caller serves the socket from then on.
 *
 * Where a listener is missing or has another name, this returns `undefined`, and no response is
 * detached.
 */
export function releaseFromServer(socket: Socket): (() => void) | undefined {
  const found: [event: string, listener: SocketListener][] = [];
  for (const [event, name] of serverListeners) {
    const listener = findListener(socket, event, name);
    if (listener === undefined) return undefined;
    found.push([event, listener]);
  }
  return () => {
    // A listener for `data` makes the parser give up the socket's handle.
    socket.on('data', ignore);
    for (const [event, listener] of found) socket.off(event, listener);
    // Node's own listener for `close` frees the parser. It makes an error that nobody reads.
    withoutStackTrace(() => found.at(-1)?.[1].call(socket));
  };
}

function findListener(emitter: EventEmitter, event: string, name: string): SocketListener | undefined {
  return emitter.listeners(event).find((listener) => listener.name === name) as SocketListener | undefined;
}

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

/**
 * The newest request that the parser of a socket has read: `socket.parser.incoming`.
 *
 * Where it is missing, this returns `undefined`, and no response is detached.
 */
export function newestRequestOf(socket: Socket): IncomingMessage | undefined {
  return (socket as { parser?: { incoming?: IncomingMessage | null } }).parser?.incoming ?? undefined;
}

/** A socket of Node's HTTP server, which knows its server. */
export type ServedSocket = Socket & { readonly server?: Server };

/**
 * True where the socket's server leaves a connection open whose client has half-closed it:
 * `server.httpAllowHalfOpen`. Where it is missing, Node closes such connections.
 */
export function allowsHalfOpen({ server }: ServedSocket): boolean {
  return (server as { httpAllowHalfOpen?: boolean } | undefined)?.httpAllowHalfOpen === true;
}

/**
 * The number of events that have a listener: `emitter._eventsCount`, since `eventNames()` is slow.
 *
 * Where it is missing, `eventNames()` is counted.
 */
export function eventsWithListeners(emitter: EventEmitter): number {
  return (emitter as { _eventsCount?: number })._eventsCount ?? emitter.eventNames().length;
}

/** Events of a response that Node's server and the core listen to, once each. */
const expectedEvents = ['finish', 'prefinish', 'close'] as const;

/** Monitors subscribe here instead of listening to the response. */
const finishTopic = channel('http.server.response.finish');

/** Methods that monitors and middleware replace to learn how a response ends. */
const patchedMethods = ['end', 'emit', 'write', 'destroy'] as const;

/**
 * True where nothing but Node and the core waits for the end of a response or of its request. Node
 * itself listens to `finish`, and the core to `prefinish` and `close`.
 *
 * Where Node listens to more or fewer events, this returns false, and no response is detached.
 */
export function isUnwatched(response: ServerResponse): boolean {
  const hasListeners =
    finishTopic.hasSubscribers ||
    eventsWithListeners(response.req) > 0 ||
    eventsWithListeners(response) !== expectedEvents.length;
  return !hasListeners && isUnpatched(response) && expectedEvents.every((event) => response.listenerCount(event) === 1);
}

/** Some tools patch one response, and some patch the prototype of all. */
function isUnpatched(response: ServerResponse): boolean {
  const { end, destroy, write } = OutgoingMessage.prototype;
  const { prototype } = ServerResponse;
  return (
    response.end === end &&
    response.destroy === destroy &&
    response.write === write &&
    response.emit === EventEmitter.prototype.emit &&
    !patchedMethods.some((name) => Object.hasOwn(prototype, name))
  );
}

/**
 * True where a response frames its body as chunks: `response.chunkedEncoding`.
 *
 * Where it is missing, this returns false, and all bytes go through `response.write()`.
 */
export function usesChunkedEncoding(response: ServerResponse): boolean {
  return (response as { chunkedEncoding?: boolean }).chunkedEncoding === true;
}

/**
 * The response that a socket is busy with: `socket._httpMessage`. An upgrade must wait for it,
 * since a client may send one behind another request.
 *
 * Where it is missing, this returns `undefined`, and the upgrade does not wait.
 */
export function currentResponseOf(socket: Duplex): ServerResponse | undefined {
  return (socket as { _httpMessage?: ServerResponse | null })._httpMessage ?? undefined;
}

/**
 * Node's own listener for new sockets of an HTTP server. By it, a socket is served anew without
 * other listeners counting it twice.
 *
 * Where it is missing, this returns `undefined`, and the event is emitted for all listeners.
 */
export function connectionListenerOf(
  server: EventEmitter,
  event: 'connection' | 'secureConnection',
): ((socket: Duplex) => void) | undefined {
  const listener = findListener(server, event, 'connectionListener');
  return listener && ((socket) => Reflect.apply(listener, server, [socket]));
}

/**
 * Puts a socket into the state in which Node hands over the socket of an upgrade: the next
 * listener for `data` makes it flow. `readableFlowing` is documented, but setting it is not.
 */
export function resetFlow(socket: Duplex): void {
  (socket as { readableFlowing: boolean | null }).readableFlowing = null;
}

/**
 * Keeps an HTTP/2 stream open after its last byte: Node destroys it on `finish`, by a listener
 * that is the stream's own `destroy`, which resets it before the client has read the end.
 *
 * Where Node has no such listener, nothing happens.
 */
export function keepOpenOnFinish(stream: ServerHttp2Stream): void {
  stream.off('finish', stream.destroy);
}

/** Gives a response its socket back for reading, after `detachSocket()` has set it to null. */
export function restoreSocket(response: ServerResponse, socket: Socket): void {
  (response as { socket: Socket }).socket = socket;
}

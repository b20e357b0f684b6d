// Everything that the core uses of Node without documentation. Each function says what happens if
// Node changes it. `test/node-internals.test.ts` checks each assumption on every supported version.

import { channel } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import { type IncomingMessage, OutgoingMessage, type Server, ServerResponse } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import type { Socket } from 'node:net';
import type { Duplex, Writable } from 'node:stream';

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
 * If a listener is missing or has another name, this returns `undefined`, and no response is
 * detached.
 *
 * @param onData gets what the client sends from then on. Defaults to ignoring it.
 */
export function releaseFromServer(socket: Socket, onData: SocketListener = ignore): (() => void) | undefined {
  const found: [event: string, listener: SocketListener][] = [];
  for (const [event, name] of serverListeners) {
    const listener = findListener(socket, event, name);
    if (listener === undefined) return undefined;
    found.push([event, listener]);
  }
  return () => {
    // A listener for `data` makes the parser give up the socket's handle.
    socket.on('data', onData);
    for (const [event, listener] of found) socket.off(event, listener);
    // Node's own listener for `close` frees the parser. It makes an error that nobody reads.
    withoutStackTrace(() => found.at(-1)?.[1].call(socket));
  };
}

/**
 * Lets a response whose parser is freed forget what Node's server keeps of its connection: the
 * server's listener for `finish`, and `response._onPendingData()`, which counts for the parser.
 *
 * If the listener has another name, this does nothing, and the response takes 0.6 KiB more.
 *
 * @param onFinish takes the place of the server's listener.
 */
export function releaseResponse(response: ServerResponse, onFinish: (this: ServerResponse) => void): void {
  const names = ['bound resOnFinish', 'onResponseFinish'];
  const listener = response.listeners('finish').find(({ name }) => names.includes(name)) as (() => void) | undefined;
  if (listener === undefined || finishTopic.hasSubscribers) return;
  response.off('finish', listener);
  response.on('finish', onFinish);
  if ('_onPendingData' in response) response._onPendingData = ignore;
}

/**
 * Closes a response that has ended, as the server's own listener for `finish` does: it gives its
 * socket back, and emits `close` in the next turn.
 *
 * If `response._closed` is renamed, `response.closed` stays false.
 */
export function closeResponse(response: ServerResponse, socket: Socket): void {
  unassignSocket(response, socket);
  process.nextTick(emitClose, response);
}

function emitClose(response: ServerResponse & { _closed?: boolean }): void {
  response.destroyed = true;
  response._closed = true;
  response.emit('close');
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
 * If it is missing, this returns `undefined`, and no response is detached.
 */
export function newestRequestOf(socket: Socket): IncomingMessage | undefined {
  return (socket as { parser?: { incoming?: IncomingMessage | null } }).parser?.incoming ?? undefined;
}

/**
 * A socket of an HTTP server, which has a reference to its server.
 *
 * If it is missing, `server.closeAllConnections()` closes no detached sockets.
 */
export type ServedSocket = Socket & { readonly server?: Server };

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
 * True if the socket's server keeps a connection open that its client has half-closed:
 * `server.httpAllowHalfOpen`.
 *
 * If it is missing, this returns false, and detached sockets close when a client half-closes them.
 */
export function allowsHalfOpen({ server }: ServedSocket): boolean {
  return (server as { httpAllowHalfOpen?: boolean } | undefined)?.httpAllowHalfOpen === true;
}

/**
 * The number of events that have a listener: `emitter._eventsCount`, since `eventNames()` is slow.
 *
 * If it is missing, this counts `eventNames()`.
 */
export function eventsWithListeners(emitter: EventEmitter): number {
  return (emitter as { _eventsCount?: number })._eventsCount ?? emitter.eventNames().length;
}

/**
 * Calls a listener when the body of a response ends, before `finish`: the event `prefinish`.
 *
 * If Node does not emit it, bytes could be written to the socket after the end of a body that the
 * app itself has ended.
 */
export function onBodyEnd(response: ServerResponse, listener: () => void): void {
  response.on('prefinish', listener);
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

/** Events of a response that Node's server and the core listen to, once each. */
const expectedEvents = ['finish', 'prefinish', 'close'] as const;

/** Monitors subscribe here instead of listening to the response. */
const finishTopic = channel('http.server.response.finish');

/** Methods that monitors and middleware replace to learn how a response ends. */
const patchedMethods = ['end', 'emit', 'write', 'destroy'] as const;

/**
 * True if nothing but Node and the core waits for the end of a response or of its request. Node
 * itself listens to `finish`, and the core to `prefinish` and `close`.
 *
 * If Node listens to more or fewer events, or has moved the methods, this returns false, and no
 * response is detached.
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

/** A response whose head is made. */
type WithHead = { _send?: (data: string, encoding: 'latin1') => boolean; readonly _header?: string };

/**
 * Sends the head of a response and text after it as one string, as `flushHeaders()` sends the head:
 * `response._send()`. A write of several pieces costs two thirds more. The response keeps its head,
 * `response._header`, as a tree of 35 strings. To make a number of it joins them in place.
 *
 * If `_send()` is missing, this returns `undefined`, and the head and the text go out as several
 * pieces. If `_header` is, a response that is not detached takes 0.7 KiB more.
 *
 * @param text the bytes that follow the head on the socket, in Latin-1.
 * @returns the value that `write()` returns.
 */
export function sendWithHead(response: ServerResponse, text: string): boolean | undefined {
  const withHead = response as WithHead;
  Number(withHead._header);
  return withHead._send?.(text, 'latin1');
}

type OutHeaders = Readonly<Record<string, readonly [name: string, value: unknown] | undefined>>;

/** The headers of the response that was looked at last, under Node's key for them. */
let lastHeaders: OutHeaders | undefined;

/**
 * Lets responses with the same headers share the object that holds them: `response[kOutHeaders]`.
 * Nothing changes it after the head is sent: Node refuses that.
 *
 * If it is missing, each response keeps its own.
 */
export function shareHeaders(response: ServerResponse): void {
  const key = Object.getOwnPropertySymbols(response).find(({ description }) => description === 'kOutHeaders');
  if (key === undefined || !response.headersSent) return;
  const target = response as unknown as Record<symbol, OutHeaders | null>;
  const own = target[key];
  if (!own) return;
  if (lastHeaders && haveSameValues(own, lastHeaders)) target[key] = lastHeaders;
  else lastHeaders = own;
}

function haveSameValues(a: OutHeaders, b: OutHeaders): boolean {
  const [keys, others] = [Object.keys(a), Object.keys(b)];
  const isSame = (key: string, at: number) =>
    key === others[at] && a[key]?.[0] === b[key]?.[0] && a[key]?.[1] === b[key]?.[1];
  return keys.length === others.length && keys.every(isSame);
}

type HeadMethod = (...head: unknown[]) => unknown;

/**
 * Calls a listener when the head of a response is made of its headers, after all middleware that
 * wraps `writeHead()`. The listener may still set headers. `response._storeHeader()` makes the head
 * over HTTP/1, and over HTTP/2 the documented `stream.respond()` sends it.
 *
 * If the method is missing, this returns false, and no answer is shared by caches.
 */
export function beforeHead(response: ServerResponse, listener: () => void): boolean {
  const { stream } = response as { stream?: { respond?: HeadMethod } };
  const [owner, name] = stream ? [stream, 'respond'] : [response, '_storeHeader'];
  const methods = owner as Record<string, HeadMethod | undefined>;
  const original = methods[name];
  if (typeof original !== 'function') return false;
  methods[name] = function (this: unknown, ...head) {
    listener();
    return Reflect.apply(original, this, head);
  };
  return true;
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

/**
 * Node's own listener for new sockets of an HTTP server. With it, a socket is served anew without
 * other listeners counting it twice.
 *
 * If it is missing, this returns `undefined`, and the event is emitted for all listeners.
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
 *
 * There is no fallback: if it becomes read-only, this throws.
 */
export function resetFlow(socket: Duplex): void {
  (socket as { readableFlowing: boolean | null }).readableFlowing = null;
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

/** The key of the bounds of a queue in an iterator of `events.on()`. */
const watermarks = Symbol.for('nodejs.watermarkData');

/**
 * True for what `events.on()` returns: an iterator whose items are the arguments of events.
 *
 * If Node marks it in another way, this returns false, and such a source is refused by its first
 * item, with a `TypeError` about an array.
 */
export function isEventIterator(value: object): value is AsyncIterator<unknown[]> {
  return watermarks in value && Symbol.asyncIterator in value;
}

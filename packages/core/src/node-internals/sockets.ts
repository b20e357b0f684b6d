// Node does not document what these functions use. Each says what happens if Node changes it, and
// `test/node-internals.test.ts` checks each assumption on every supported version.

import type { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { findListener } from './events';

type SocketListener = (this: Socket, ...args: unknown[]) => void;

/**
 * The listeners of Node's HTTP server on each of its sockets, by event and function name, and how
 * many listeners Node itself has for the event while a response has the socket. Those of the server
 * are the last ones of `end`, and the first ones of the others.
 */
const serverListeners = [
  { event: 'data', name: 'bound socketOnData', count: 1 },
  { event: 'end', name: 'bound socketOnEnd', count: 2 },
  { event: 'drain', name: 'bound socketOnDrain', count: 1 },
  { event: 'error', name: 'socketOnError', count: 1 },
  { event: 'close', name: 'bound socketOnClose', count: 2 },
] as const;

/** Listeners that take the places of the server's own. Where one is absent, that place is empty. */
export type OwnListeners = { readonly data: SocketListener } & {
  readonly [event in 'end' | 'drain' | 'error' | 'close']?: SocketListener;
};

/**
 * Finds a function that removes the HTTP server's listeners from a socket and frees the HTTP
 * parser, as Node does when a socket closes. The caller serves the socket from then on.
 *
 * If a listener is missing or has another name, this returns `undefined`, and no response is
 * detached.
 *
 * @param own listen from then on. Defaults to ignoring what the client sends.
 */
export function releaseFromServer(socket: Socket, own: OwnListeners = ignoring): (() => void) | undefined {
  const found = serverListenersOf(socket);
  if (found === undefined) return undefined;
  return () => {
    // A listener for `data` makes the parser give up the socket's handle.
    socket.on('data', own.data);
    for (let i = 0; i < found.length; i++) {
      const { event } = serverListeners[i] as { event: keyof OwnListeners };
      replace(socket, event, found[i] as SocketListener, event === 'data' ? undefined : own[event]);
    }
    // Node's own listener for `close` frees the parser. It makes an error that nobody reads.
    withoutStackTrace(() => found.at(-1)?.call(socket));
  };
}

/**
 * Puts one listener in the place of another: in `socket._events`, since to remove one and to add
 * one costs a good part of detaching a stream.
 *
 * If it is missing, the new listener becomes the last one.
 */
function replace(socket: Socket, event: string, old: SocketListener, own: SocketListener | undefined): void {
  const events = eventsOf(socket);
  const listeners = events?.[event];
  // These are told of each listener that comes or goes.
  const { removeListener, newListener } = events ?? {};
  const isTold = removeListener !== undefined || newListener !== undefined;
  if (events && own && !isTold && listeners === old) {
    events[event] = own;
  } else if (own && !isTold && Array.isArray(listeners) && listeners.includes(old)) {
    listeners[listeners.indexOf(old)] = own;
  } else {
    socket.off(event, old);
    if (own) socket.on(event, own);
  }
}

/** The listeners of an emitter by event: one, or a list of several. */
const eventsOf = (socket: EventEmitter) =>
  (socket as { _events?: { [event in string]?: SocketListener | SocketListener[] } })._events;

/** True if the listeners of a socket that has none but Node's were found where they should be. */
let areInPlace: boolean | undefined;

const errorPlace = serverListeners.findIndex(({ event }) => event === 'error');
/** The server's listener for errors, which is one for all sockets. */
let socketOnError: SocketListener | undefined;

/**
 * Finds the server's listeners by their names, or by their places where a socket has no others:
 * V8 makes the name of a bound function anew for whoever reads it.
 */
function serverListenersOf(socket: Socket): SocketListener[] | undefined {
  const events = eventsOf(socket);
  if (areInPlace === false || events === undefined) return namedListenersOf(socket);
  const found: SocketListener[] = [];
  for (const { event, count } of serverListeners) {
    const listeners = events[event];
    const hasOthers = typeof listeners === 'function' ? count !== 1 : listeners?.length !== count;
    if (listeners === undefined || hasOthers) return namedListenersOf(socket);
    found.push(typeof listeners === 'function' ? listeners : (listeners[event === 'end' ? 1 : 0] as SocketListener));
  }
  if (areInPlace === undefined) {
    areInPlace = found.every(({ name }, i) => name === serverListeners[i]?.name);
    socketOnError = found[errorPlace];
  }
  // This is the one that apps replace by their own.
  return areInPlace && found[errorPlace] === socketOnError ? found : namedListenersOf(socket);
}

function namedListenersOf(socket: Socket): SocketListener[] | undefined {
  const found: SocketListener[] = [];
  for (const { event, name } of serverListeners) {
    const listener = findListener(socket, event, name);
    if (listener === undefined) return undefined;
    found.push(listener);
  }
  return found;
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

const ignoring: OwnListeners = { data() {} };

/**
 * A socket of an HTTP server, which has a reference to its server.
 *
 * If it is missing, `server.closeAllConnections()` closes no detached sockets.
 */
export type ServedSocket = Socket & { readonly server?: Server };

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

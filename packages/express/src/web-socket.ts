import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  acceptUpgrades as acceptUpgradesFor,
  type SocketOptions,
  type Source,
  serveRawWebSocket,
  serveWebSocket,
  type UpgradableServer,
  type UpgradeOptions,
  type WebSocketOptions,
} from '@pushwire/core';
import type { WebSocket } from 'ws';
import { type AnyRequest, framework, type Handler, handler } from './handler';

/** WebSocket, for handshakes that come through {@link acceptUpgrades}. */
export function webSocket<R extends IncomingMessage = AnyRequest>(
  source: Source<R>,
  options?: WebSocketOptions<R>,
): Handler {
  return handler(serveWebSocket(source, options, framework));
}

/** A WebSocket that the app talks to itself: the handler gets the socket of `ws`, and the request of its handshake. */
export function rawWebSocket<R extends IncomingMessage = AnyRequest>(
  handle: (socket: WebSocket, request: R) => unknown,
  options?: SocketOptions<R>,
): Handler {
  return handler(serveRawWebSocket(handle, options, framework));
}

/**
 * Runs the WebSocket handshakes of a server through an app, as ordinary GET requests: sessions, auth, rate limits and
 * routers see them first, and only a route with `webSocket()`, `rawWebSocket()` or `push()` takes them.
 *
 * @throws TypeError for a server, an app or an option that does not fit.
 */
export function acceptUpgrades(
  server: UpgradableServer,
  app: (request: IncomingMessage, response: ServerResponse) => unknown,
  options?: UpgradeOptions,
): void {
  if (typeof app !== 'function') throw new TypeError(`acceptUpgrades app: expected an Express app, got ${typeof app}`);
  acceptUpgradesFor(server, { run: app, endsResponses: false }, options);
}

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
import type { Middleware, ParameterizedContext } from 'koa';
import type { WebSocket } from 'ws';
import { framework, middleware } from './serving';

/**
 * WebSocket, for handshakes that come through {@link acceptUpgrades}. The handshake is completed when the middleware before it
 * has run its second half, so that what that sets goes out with it.
 */
export function webSocket<C extends ParameterizedContext = ParameterizedContext>(
  source: Source<C>,
  options?: WebSocketOptions<C>,
): Middleware {
  return middleware(serveWebSocket(source, options, framework));
}

/** A WebSocket that the app talks to itself: the handler gets the socket of `ws`, and the context of its handshake. */
export function rawWebSocket<C extends ParameterizedContext = ParameterizedContext>(
  handle: (socket: WebSocket, ctx: C) => unknown,
  options?: SocketOptions<C>,
): Middleware {
  return middleware(serveRawWebSocket(handle, options, framework));
}

/**
 * Runs the WebSocket handshakes of a server through an app, as ordinary GET requests: sessions, auth, rate limits and
 * routers see them first, and only a route with `webSocket()`, `rawWebSocket()` or `push()` takes them. Middleware
 * may still be added to the app until the first handshake comes.
 *
 * @throws TypeError for a server, an app or an option that does not fit.
 */
export function acceptUpgrades(
  server: UpgradableServer,
  app: { callback(): (request: IncomingMessage, response: ServerResponse) => unknown },
  options?: UpgradeOptions,
): void {
  if (typeof app?.callback !== 'function') {
    throw new TypeError(`acceptUpgrades app: expected a Koa app itself, not its callback(), got ${typeof app}`);
  }
  let run: ReturnType<typeof app.callback> | undefined;
  const runner = {
    run(request: IncomingMessage, response: ServerResponse): void {
      run ??= app.callback();
      run(request, response);
    },
    endsResponses: true,
  };
  acceptUpgradesFor(server, runner, options);
}

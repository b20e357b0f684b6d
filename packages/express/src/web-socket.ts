import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  acceptUpgrades as acceptUpgradesFor,
  type FallthroughOption,
  readFallthrough,
  type SocketOptions,
  type Source,
  serveRawWebSocket,
  serveWebSocket,
  type UpgradableServer,
  type UpgradeOptions,
  type WebSocketOptions,
} from '@pushwire/core';
import type { WebSocket } from 'ws';
import { type AnyRequest, framework, type Handler, handler } from './framework';

/**
 * Serves a source over WebSocket, to handshakes that come through {@link acceptUpgrades}.
 *
 * An error of a function source goes to `next`. Errors after the handshake go to `onError`.
 *
 * @param source a channel, several channels, an async generator, or a function of the request that
 * returns one of them.
 * @throws TypeError for a source or an option that does not fit.
 * @example
 * ```ts
 * import { acceptUpgrades, createHub, webSocket } from '@pushwire/express';
 * import express from 'express';
 *
 * const chat = createHub().channel('chat');
 * const app = express();
 * app.get('/chat', webSocket(chat, { onMessage: (data) => chat.publish(data) }));
 * acceptUpgrades(app.listen(3000), app);
 * ```
 */
export function webSocket<R extends IncomingMessage = AnyRequest>(
  source: Source<R>,
  options?: WebSocketOptions<R> & FallthroughOption,
): Handler {
  return withFallthrough<WebSocketOptions<R>>(options, (own) => handler(serveWebSocket(source, own, framework)));
}

/**
 * Passes each WebSocket to the app, which sends and receives on it itself. The hub counts it, pings
 * it and closes it like other connections. Handshakes come through {@link acceptUpgrades}.
 *
 * @param handle gets the socket of `ws` and the request of the handshake. If it throws, `onError`
 * is called and the socket closes with 1011.
 * @throws TypeError for a handler or an option that does not fit.
 * @example
 * ```ts
 * import { acceptUpgrades, rawWebSocket } from '@pushwire/express';
 * import express from 'express';
 *
 * const app = express();
 * app.get('/echo', rawWebSocket((socket) => socket.on('message', (data) => socket.send(data))));
 * acceptUpgrades(app.listen(3000), app);
 * ```
 */
export function rawWebSocket<R extends IncomingMessage = AnyRequest>(
  handle: (socket: WebSocket, request: R) => unknown,
  options?: SocketOptions<R> & FallthroughOption,
): Handler {
  return withFallthrough<SocketOptions<R>>(options, (own) => handler(serveRawWebSocket(handle, own, framework)));
}

/** Makes a handler of the options without `fallthrough`, and puts that in front. */
function withFallthrough<Options extends object>(
  given: (Options & FallthroughOption) | undefined,
  make: (options: Options | undefined) => Handler,
): Handler {
  const { options, passes } = readFallthrough<Options>(given);
  const serve = make(options);
  return (request, response, next) => (passes(request) ? next() : serve(request, response, next));
}

/**
 * Runs the WebSocket handshakes of a server through an app, as ordinary GET requests. Sessions,
 * auth, rate limits and routers see them first. A route with `webSocket()`, `rawWebSocket()` or
 * `push()` accepts them.
 *
 * @throws TypeError for a server, an app or an option that does not fit.
 * @example
 * ```ts
 * import { acceptUpgrades, createHub, push } from '@pushwire/express';
 * import express from 'express';
 *
 * const app = express();
 * app.get('/news', push(createHub().channel('news')));
 * acceptUpgrades(app.listen(3000), app);
 * ```
 */
export function acceptUpgrades(
  server: UpgradableServer,
  app: (request: IncomingMessage, response: ServerResponse) => unknown,
  options?: UpgradeOptions,
): void {
  if (typeof app !== 'function') throw new TypeError(`acceptUpgrades app: expected an Express app, got ${typeof app}`);
  acceptUpgradesFor(server, { run: app, endsResponses: false }, options);
}

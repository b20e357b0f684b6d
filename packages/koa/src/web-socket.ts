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
import type { Middleware, ParameterizedContext } from 'koa';
import type { WebSocket } from 'ws';
import { framework, middleware } from './framework';

/**
 * Serves a source over WebSocket, to handshakes that come through {@link acceptUpgrades}.
 *
 * The handshake is completed after the app's middleware has run, code after `await next()`
 * included, so it carries the headers that this code sets. The middleware throws an error of a
 * function source. Errors after the handshake go to `onError`, or to the app's `error` event.
 *
 * @param source a channel, several channels, an async generator, or a function of the context that
 * returns one of them.
 * @throws TypeError for a source or an option that does not fit.
 * @example
 * ```ts
 * import { acceptUpgrades, createHub, webSocket } from '@pushwire/koa';
 * import Koa from 'koa';
 *
 * const chat = createHub().channel('chat');
 * const app = new Koa();
 * app.use(webSocket(chat, { onMessage: (data) => chat.publish(data) }));
 * acceptUpgrades(app.listen(3000), app);
 * ```
 */
export function webSocket<C extends ParameterizedContext = ParameterizedContext>(
  source: Source<C>,
  options?: WebSocketOptions<C> & FallthroughOption,
): Middleware {
  return withFallthrough<WebSocketOptions<C>>(options, (own) => middleware(serveWebSocket(source, own, framework)));
}

/**
 * Passes each WebSocket to the app, which sends and receives on it itself. The hub counts it, pings
 * it and closes it like other connections. Handshakes come through {@link acceptUpgrades}.
 *
 * @param handle gets the socket of `ws` and the context of the handshake. If it throws, `onError`
 * is called and the socket closes with 1011.
 * @throws TypeError for a handler or an option that does not fit.
 * @example
 * ```ts
 * import { acceptUpgrades, rawWebSocket } from '@pushwire/koa';
 * import Koa from 'koa';
 *
 * const app = new Koa();
 * app.use(rawWebSocket((socket) => socket.on('message', (data) => socket.send(data))));
 * acceptUpgrades(app.listen(3000), app);
 * ```
 */
export function rawWebSocket<C extends ParameterizedContext = ParameterizedContext>(
  handle: (socket: WebSocket, ctx: C) => unknown,
  options?: SocketOptions<C> & FallthroughOption,
): Middleware {
  return withFallthrough<SocketOptions<C>>(options, (own) => middleware(serveRawWebSocket(handle, own, framework)));
}

/** Makes middleware of the options without `fallthrough`, and puts that in front. */
function withFallthrough<Options extends object>(
  given: (Options & FallthroughOption) | undefined,
  make: (options: Options | undefined) => Middleware,
): Middleware {
  const { options, passes } = readFallthrough<Options>(given);
  const serve = make(options);
  return (ctx, next) => (passes(ctx.req) ? next() : serve(ctx, next));
}

/**
 * Runs the WebSocket handshakes of a server through an app, as ordinary GET requests. Sessions,
 * auth, rate limits and routers see them first. A route with `webSocket()`, `rawWebSocket()` or
 * `push()` accepts them. Middleware can still be added to the app until the first handshake.
 *
 * @param app the app itself, not its `callback()`.
 * @throws TypeError for a server, an app or an option that does not fit.
 * @example
 * ```ts
 * import { acceptUpgrades, createHub, push } from '@pushwire/koa';
 * import Koa from 'koa';
 *
 * const app = new Koa();
 * app.use(push(createHub().channel('news')));
 * acceptUpgrades(app.listen(3000), app);
 * ```
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

import { misuse } from '../checks/errors';
import type { Framework } from '../http/framework';
import { cursorOf } from '../http/query';
import { type Serve, serveSource } from '../http/serve';
import type { Source } from '../http/source';
import { settingsFor } from '../http/stream-settings';
import type { Transport } from '../http/transport';
import type { WebSocketLike, WebSocketServerClass } from '../http/ws-library';
import type { ClientRates } from './client-rates';
import { WebSocketHandshakes } from './handshake';
import { type HandshakeRoute, HandshakeServing } from './handshake-serving';
import { checkWebSocketOptions, ratesFor, type WebSocketOptions } from './options';
import { isPostedMessage, postReceiver } from './post-receiver';
import { socketSettings } from './socket-options';

/**
 * Makes a function that serves a source over WebSocket, to requests that come through
 * `acceptUpgrades()`. Every adapter's `webSocket()` wraps it. Errors are handled as in
 * `serveSse()`.
 *
 * @param framework the parts of a web framework, with the `WebSocketServer` of `ws`.
 * @throws TypeError for a source or an option that does not fit, or without
 * `framework.WebSocketServer`.
 * @example
 * ```ts
 * import { createServer, type RequestListener } from 'node:http';
 * import { acceptUpgrades, createHub, serveWebSocket } from '@pushwire/core';
 * import { WebSocketServer } from 'ws';
 *
 * const serve = serveWebSocket(createHub().channel('news'), { ping: 20000 }, { WebSocketServer });
 * const run: RequestListener = (request, response) => {
 *   serve(request, response, request).catch(() => response.writeHead(500).end());
 * };
 * acceptUpgrades(createServer(run).listen(3000), { run, endsResponses: false });
 * ```
 */
export function serveWebSocket<Request>(
  source: Source<Request>,
  options: WebSocketOptions<Request> | undefined,
  framework: Framework<Request>,
): Serve<Request> {
  return serveSource(source, webSocketTransport(checkWebSocketOptions(options), framework), framework);
}

/** Makes the WebSocket transport of a route. It also receives the messages that clients POST. */
export function webSocketTransport<Request>(
  options: WebSocketOptions<Request>,
  { WebSocketServer, onError: defaultOnError }: Framework<Request>,
  rates = ratesFor(options),
): Transport<Request> {
  if (WebSocketServer === undefined) {
    throw misuse('framework.WebSocketServer', 'the WebSocketServer class of ws', WebSocketServer);
  }
  const onError = options.onError ?? defaultOnError;
  const open = handshakeTransport({ ...options, ...(onError && { onError }) }, WebSocketServer, rates);
  const receivePost = options.onMessage && postReceiver(options, options.onMessage, rates);
  return (exchange) => (receivePost && isPostedMessage(exchange) ? receivePost(exchange) : open(exchange));
}

/** Makes the transport that turns requests into WebSockets. */
function handshakeTransport<Request>(
  options: WebSocketOptions<Request>,
  WebSocketServer: WebSocketServerClass,
  rates: ClientRates,
): Transport<Request> {
  const settings = socketSettings(options);
  const handshakes = new WebSocketHandshakes<Request, WebSocketLike>({ ...settings, raw: false }, WebSocketServer);
  const settingsOf = settingsFor({
    heartbeat: options.heartbeat,
    retry: options.retry,
    batchDelay: options.batchDelay,
    join: options.join,
    maxAge: Number.POSITIVE_INFINITY,
  });
  const route: HandshakeRoute<Request> = { options, settings, handshakes, settingsOf, rates };
  return (exchange) => {
    // A client whose handshake has failed may ask for its status by HEAD. The source and
    // `authorize` decide on that, too.
    const upgrade = exchange.incoming.method === 'HEAD' ? undefined : handshakes.check(exchange);
    return new HandshakeServing(route, exchange, upgrade, cursorOf(exchange.incoming, exchange.query));
  };
}

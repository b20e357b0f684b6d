import { misuse } from '../checks/errors';
import type { HubRefusal } from '../delivery/close-reason';
import { answerRetryLater, answerUnknownRun } from '../http/answers';
import { authorizeExchange } from '../http/authorization';
import { checkBeginning } from '../http/check-beginning';
import { clientKeyOf } from '../http/client-key';
import { engineOfExchange } from '../http/engine-of';
import { endAbandoned } from '../http/exchange';
import type { Framework } from '../http/framework';
import { cursorOf, sendsFrames } from '../http/query';
import { findRefusal } from '../http/refusal';
import { isUnknown } from '../http/run-log';
import { type Serve, serveSource } from '../http/serve';
import type { CheckedFeed, Source } from '../http/source';
import { stateOf } from '../http/state-feed';
import { settingsFor } from '../http/stream-settings';
import type { Transport } from '../http/transport';
import type { WebSocketLike, WebSocketServerClass } from '../http/ws-library';
import type { Engine } from '../hub/engine';
import type { ClientRates } from './client-rates';
import { WebSocketHandshakes } from './handshake';
import { checkWebSocketOptions, ratesFor, type WebSocketOptions } from './options';
import { isPostedMessage, postReceiver } from './post-receiver';
import type { OpenWebSocket } from './route-handshake';
import { WebSocketSession } from './session';
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

  return (exchange) => {
    // A client whose handshake has failed may ask for its status by HEAD. The source and
    // `authorize` decide on that, too.
    const upgrade = exchange.incoming.method === 'HEAD' ? undefined : handshakes.check(exchange);
    const cursorText = cursorOf(exchange.incoming, exchange.query);
    const serve = async (feed: CheckedFeed) => {
      checkBeginning(feed, options);
      const channels = 'channels' in feed ? feed.channels : [];
      const engine = engineOfExchange(exchange, channels, options.hub);
      const { retry } = settingsOf(engine);
      if (options.authorize) await authorizeExchange(options, exchange, channels, engine, 'websocket');
      // After the handshake, there is no status any more.
      if (options.unknownRun === 404 && (await isUnknown(channels, engine))) answerUnknownRun(exchange, 404);
      if (exchange.sink.gone) return endAbandoned(exchange);
      const refusal = findRefusal(engine, exchange);
      const app = 'byHand' in feed ? feed.byHand : undefined;
      if (refusal) app?.refused(refusal);
      if (refusal) return answerRetryLater(exchange, engine, 'websocket', refusal, retry);
      // After the handshake, an error of `clientKey` could not be answered.
      const client = options.onMessage || sendsFrames(exchange.query) ? clientKeyOf(engine, exchange) : '';
      const reserve = () => rates.bucketOf(client, engine.clock).reserve();
      const limits = { perSecond: rates.perSecond, reserve };
      const connect = (opened: OpenWebSocket<WebSocketLike>) => {
        const session = new WebSocketSession(opened, engine, exchange, options, settings, limits);
        // The hub may have closed or filled up during the handshake.
        const lateRefusal = findRefusal(engine, exchange);
        if (lateRefusal) app?.refused(lateRefusal);
        if (lateRefusal) session.refuse(lateRefusal, retry);
        else session.connect(feed, cursorText, settingsOf(engine, { ofState: stateOf(channels) !== undefined }));
      };
      handshakes.open(upgrade ?? handshakes.check(exchange), exchange, connect, app !== undefined);
      return undefined;
    };
    const refuse = (engine: Engine, reason: HubRefusal) =>
      answerRetryLater(exchange, engine, 'websocket', reason, settingsOf(engine).retry);
    return { transport: 'websocket', cursor: cursorText, pendingOptions: options, serve, refuse };
  };
}

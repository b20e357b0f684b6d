import { misuse } from '../checks/errors';
import { authorizeExchange } from '../http/authorization';
import { type Exchange, endAbandoned, type Receive } from '../http/exchange';
import type { Framework } from '../http/framework';
import { cursorOf } from '../http/query';
import { answerRetryLater, findRefusal } from '../http/refusal';
import { type Serve, serveSource } from '../http/serve';
import type { Source } from '../http/source';
import { settingsFor } from '../http/stream-settings';
import type { WebSocketLike, WebSocketServerClass } from '../http/ws-library';
import { engineFor } from '../hub/hub';
import { parseCursor } from '../log/cursor';
import { WebSocketHandshakes } from './handshake';
import { checkWebSocketOptions, type SocketSettings, socketSettings, type WebSocketOptions } from './options';
import { isMessage, messageReceiver } from './post-receiver';
import { WebSocketSession } from './session';

/**
 * The heart of every adapter's `webSocket()`: a function that serves a source over WebSocket to requests that came through
 * `acceptUpgrades()`.
 *
 * @see serveSse for what it does with errors.
 * @throws TypeError for a source or an option that does not fit, or without `framework.WebSocketServer`.
 */
export function serveWebSocket<Request>(
  source: Source<Request>,
  options: WebSocketOptions<Request> | undefined,
  framework: Framework<Request>,
): Serve<Request> {
  return serveSource(source, webSocketTransport(checkWebSocketOptions(options), framework), framework);
}

/** WebSocket as one of the transports of a route. */
export function webSocketTransport<Request>(
  options: WebSocketOptions<Request>,
  { WebSocketServer, onError: defaultOnError }: Framework<Request>,
): (exchange: Exchange<Request>) => Receive<Request> {
  if (WebSocketServer === undefined) throw misuse('WebSocketServer', 'the one of ws', WebSocketServer);
  const onError = options.onError ?? defaultOnError;
  const open = webSocketReceiver({ ...options, ...(onError && { onError }) }, socketSettings(options), WebSocketServer);
  const take = options.onMessage && messageReceiver(options, options.onMessage);
  return (exchange) => (take && isMessage(exchange) ? take(exchange) : open(exchange));
}

/** Receives visits and makes a WebSocket of each. */
function webSocketReceiver<Request>(
  options: WebSocketOptions<Request>,
  settings: SocketSettings<Request>,
  WebSocketServer: WebSocketServerClass,
): (exchange: Exchange<Request>) => Receive<Request> {
  const handshakes = new WebSocketHandshakes<Request, WebSocketLike>({ ...settings, raw: false }, WebSocketServer);
  const settingsOf = settingsFor({
    heartbeat: options.heartbeat,
    retry: options.retry,
    batchDelay: options.batchDelay,
    maxAge: Number.POSITIVE_INFINITY,
  });

  return (exchange) => {
    const upgrade = handshakes.check(exchange);
    const text = cursorOf(exchange.incoming, exchange.query);
    const cursor = parseCursor(text);
    return async (feed) => {
      const channels = 'channels' in feed ? feed.channels : [];
      const engine = engineFor(channels, options.hub);
      const { retry } = settingsOf(engine);
      await authorizeExchange(options.authorize, exchange, channels, engine, 'websocket');
      if (exchange.sink.gone) return endAbandoned(exchange);
      const refusal = findRefusal(engine, exchange);
      if (refusal) return answerRetryLater(exchange, engine, 'websocket', refusal, retry);
      handshakes.open(upgrade, exchange, (opened) => {
        const session = new WebSocketSession(opened, engine, exchange, options, settings);
        // Things may have changed while the handshake was under way.
        const late = findRefusal(engine, exchange);
        if (late) session.refuse(late, retry);
        else session.connect(feed, text, cursor, settingsOf(engine));
      });
      return undefined;
    };
  };
}

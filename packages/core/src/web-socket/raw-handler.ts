import { checkOptions } from '../checks/check-options';
import { misuse } from '../checks/errors';
import type { CloseReason } from '../delivery/close-reason';
import { Connection } from '../delivery/connection';
import { errorListener, reportError } from '../http/error-listener';
import { endAbandoned } from '../http/exchange';
import type { Framework } from '../http/framework';
import { answerRetryLater, findRefusal } from '../http/refusal';
import { type Serve, serveExchange } from '../http/serve';
import type { WebSocketLike, WebSocketServerClass } from '../http/ws-library';
import { engineFor } from '../hub/hub';
import { WebSocketHandshakes } from './handshake';
import { type SocketOptions, socketChecks, socketSettings } from './options';
import { WebSocketSink } from './sink';

/** A WebSocket that the app uses itself. The hub counts it, pings it and closes it like any other connection. */
class RawConnection extends Connection {
  readonly transport = 'websocket';

  override open(): void {
    super.open();
  }

  close(reason: CloseReason): void {
    this.startClosing(reason);
    this.sink.end(reason);
  }

  onDrain(): void {}

  tick(): undefined {}

  protected release(): void {}
}

/**
 * The heart of every adapter's `rawWebSocket()`: a function that gives the raw socket of a WebSocket to the app. A
 * handler that throws closes it with 1011.
 *
 * @throws TypeError for a handler or an option that does not fit, or without `framework.WebSocketServer`.
 */
export function serveRawWebSocket<Request, Socket extends WebSocketLike = WebSocketLike>(
  handler: (socket: Socket, request: Request) => unknown,
  options: SocketOptions<Request> | undefined,
  framework: Framework<Request>,
): Serve<Request> {
  const { WebSocketServer } = framework;
  if (typeof handler !== 'function') throw misuse('rawWebSocket', 'a function of a socket and a request', handler);
  if (WebSocketServer === undefined) throw misuse('WebSocketServer', 'the one of ws', WebSocketServer);
  const given = checkOptions<SocketOptions<Request>>('rawWebSocket', options, socketChecks);
  const settings = socketSettings(given);
  const handshakes = new WebSocketHandshakes<Request, Socket>(
    { ...settings, raw: true },
    WebSocketServer as unknown as WebSocketServerClass<Socket>,
  );

  return serveExchange(async (exchange) => {
    const upgrade = handshakes.check(exchange);
    if (exchange.sink.gone) return endAbandoned(exchange);
    const engine = engineFor([], given.hub);
    const onError = errorListener(given.onError ?? framework.onError, engine.observer);
    const refusal = findRefusal(engine, exchange);
    if (refusal) return answerRetryLater(exchange, engine, 'websocket', refusal);
    handshakes.open(upgrade, exchange, ({ webSocket, socket }) => {
      const sink = new WebSocketSink(webSocket, socket, engine.timers, settings.pulse);
      sink.client = exchange.sink.client;
      const late = findRefusal(engine, exchange);
      if (late) {
        engine.observer.refused('websocket', late);
        sink.end(late);
        return;
      }
      const fail = (error: unknown) => {
        reportError(onError, error, exchange.request);
        sink.end('failed');
      };
      const connection = new RawConnection(engine, sink);
      connection.open();
      try {
        Promise.resolve(handler(webSocket, exchange.request)).catch(fail);
      } catch (error) {
        fail(error);
      }
    });
    return undefined;
  }, framework);
}

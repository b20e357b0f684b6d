import { checkOptions } from '../checks/check-options';
import { misuse } from '../checks/errors';
import type { CloseReason } from '../delivery/close-reason';
import { Connection } from '../delivery/connection';
import { bytesOf } from '../encoders/chunk';
import { answerRetryLater } from '../http/answers';
import { engineOfExchange } from '../http/engine-of';
import { errorListener } from '../http/error-listener';
import { endAbandoned } from '../http/exchange';
import type { Framework } from '../http/framework';
import { findRefusal } from '../http/refusal';
import { type Serve, serveExchange } from '../http/serve';
import type { WebSocketLike, WebSocketServerClass } from '../http/ws-library';
import type { Engine } from '../hub/engine';
import type { Message } from '../log/message';
import { WebSocketHandshakes } from './handshake';
import { webSocketEncoderFor } from './shared-encoders';
import { WebSocketSink } from './sink';
import { type SocketOptions, socketChecks, socketSettings } from './socket-options';

/**
 * A WebSocket that the app uses itself. The hub counts it, pings it and closes it like any other
 * connection.
 */
class RawConnection extends Connection {
  readonly transport = 'websocket';
  readonly #engine: Engine;
  readonly #socketSink: WebSocketSink;

  constructor(engine: Engine, sink: WebSocketSink) {
    super(engine, sink);
    this.#engine = engine;
    this.#socketSink = sink;
  }

  open(): void {
    this.register();
  }

  close(reason: CloseReason): void {
    this.startClosing(reason);
    this.sink.end(reason);
  }

  /** The app has the socket itself, so this is for those that know the connection alone. */
  sendAlone(message: Message): boolean {
    if (this.reason !== undefined) return false;
    const bytes = bytesOf([webSocketEncoderFor(false, undefined, undefined).message(message)]);
    const { pending } = this.sink;
    if (pending > 0 && pending + bytes.byteLength > this.#engine.settings.maxPending) {
      this.close('overrun');
      return false;
    }
    this.host.observer.wrote(this, 1, 1, bytes.byteLength);
    this.sink.write(bytes);
    return this.sink.pending === 0;
  }

  ready(): Promise<void> {
    return this.#socketSink.whenDrained();
  }

  onDrain(): void {}

  tick(): undefined {}

  protected release(): void {}
}

/**
 * Makes a function that passes each WebSocket to the app, which sends and receives on it itself.
 * Every adapter's `rawWebSocket()` wraps it. If the handler throws, `onError` is called and the
 * socket closes with 1011.
 *
 * @param framework the parts of a web framework, with the `WebSocketServer` of `ws`.
 * @throws TypeError for a handler or an option that does not fit, or without
 * `framework.WebSocketServer`.
 * @example
 * ```ts
 * import { createServer, type RequestListener } from 'node:http';
 * import { acceptUpgrades, serveRawWebSocket } from '@pushwire/core';
 * import { type WebSocket, WebSocketServer } from 'ws';
 *
 * const greet = (socket: WebSocket) => socket.send('hello');
 * const serve = serveRawWebSocket(greet, {}, { WebSocketServer });
 * const run: RequestListener = (request, response) => {
 *   serve(request, response, request).catch(() => response.writeHead(500).end());
 * };
 * acceptUpgrades(createServer(run).listen(3000), { run, endsResponses: false });
 * ```
 */
export function serveRawWebSocket<Request, Socket extends WebSocketLike = WebSocketLike>(
  handler: (socket: Socket, request: Request) => unknown,
  options: SocketOptions<Request> | undefined,
  framework: Framework<Request>,
): Serve<Request> {
  const { WebSocketServer } = framework;
  if (typeof handler !== 'function') throw misuse('rawWebSocket', 'a function of a socket and a request', handler);
  if (WebSocketServer === undefined) {
    throw misuse('framework.WebSocketServer', 'the WebSocketServer class of ws', WebSocketServer);
  }
  const checked = checkOptions<SocketOptions<Request>>('rawWebSocket', options, socketChecks);
  const settings = socketSettings(checked);
  const handshakes = new WebSocketHandshakes<Request, Socket>(
    { ...settings, raw: true },
    WebSocketServer as unknown as WebSocketServerClass<Socket>,
  );

  return serveExchange(async (exchange) => {
    const upgrade = handshakes.check(exchange);
    if (exchange.sink.gone) return endAbandoned(exchange);
    const engine = engineOfExchange(exchange, [], checked.hub);
    const onError = errorListener(checked.onError ?? framework.onError, engine.observer);
    const refusal = findRefusal(engine, exchange);
    if (refusal) return answerRetryLater(exchange, engine, 'websocket', refusal);
    handshakes.open(upgrade, exchange, ({ webSocket, socket }) => {
      const sink = new WebSocketSink(webSocket, socket, engine.timers, settings.pulse);
      sink.client = exchange.sink.client;
      sink.place = exchange.sink.place;
      // The hub may have closed or filled up during the handshake.
      const lateRefusal = findRefusal(engine, exchange);
      if (lateRefusal) {
        engine.observer.refused('websocket', lateRefusal);
        sink.end(lateRefusal);
        return;
      }
      const fail = (error: unknown) => {
        onError(error, exchange.request);
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

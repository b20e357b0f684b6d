import { Connection } from '../delivery/connection';
import { misuse } from '../checks/errors';
import { checkOptions } from '../checks/check-options';
import type { Framework } from '../http/framework';
import { errorListener, tell } from '../http/error-listener';
import { hubOr } from '../node/own-hub';
import { refusalBy } from '../http/refusal';
import { SocketSink } from './sink';
import { answerLater, entering, leave, type Serve } from '../http/exchange';
import { WebSocketGate } from './handshake';
import type { WebSocketLike, WebSocketServerClass } from '../http/ws-library';
import { type SocketOptions, socketChecks, socketSettings } from './options';

/** A WebSocket that the app talks to itself. It is pinged, counted and sent away like any other connection. */
class RawSocket extends Connection {
  readonly transport = 'websocket';

  open(): void {
    this.attach();
  }

  drain(): void {
    this.over('draining');
    this.sink.end('draining');
  }

  drained(): void {}

  visit(): undefined {}

  protected release(): void {}
}

/**
 * The heart of every adapter's `webSocketHandler()`: a function that gives the raw socket of a WebSocket to the app. A
 * handler that throws closes it with 1011.
 *
 * @throws TypeError for a handler or an option that does not fit, or without `framework.WebSocketServer`.
 */
export function serveWebSocketHandler<Request, Socket extends WebSocketLike = WebSocketLike>(
  handler: (socket: Socket, request: Request) => unknown,
  options: SocketOptions<Request> | undefined,
  framework: Framework<Request>,
): Serve<Request> {
  const { WebSocketServer, logError } = framework;
  if (typeof handler !== 'function') throw misuse('webSocketHandler', 'a function of a socket and a request', handler);
  if (WebSocketServer === undefined) throw misuse('WebSocketServer', 'the one of ws', WebSocketServer);
  const given = checkOptions<SocketOptions<Request>>('webSocketHandler', options, socketChecks);
  const settings = socketSettings(given);
  const gate = new WebSocketGate<Request, Socket>(
    { ...settings, raw: true },
    WebSocketServer as unknown as WebSocketServerClass<Socket>,
  );

  return entering(async (visit) => {
    const upgrade = gate.check(visit);
    if (visit.sink.gone) return leave(visit);
    const hub = hubOr(given.hub);
    const onError = errorListener(given.onError ?? logError, hub);
    const refusal = refusalBy(hub, visit);
    if (refusal) return answerLater(visit, hub, 'websocket', refusal);
    gate.open(upgrade, visit, ({ webSocket, socket }) => {
      const sink = new SocketSink(webSocket, socket, hub.wheel, settings.pulse);
      sink.client = visit.sink.client;
      const late = refusalBy(hub, visit);
      if (late) {
        hub.telemetry.refused('websocket', late);
        sink.end(late);
        return;
      }
      const fail = (error: unknown) => {
        tell(onError, error, visit.request);
        sink.end('failed');
      };
      const connection = new RawSocket(hub, sink);
      connection.open();
      try {
        Promise.resolve(handler(webSocket, visit.request)).catch(fail);
      } catch (error) {
        fail(error);
      }
    });
    return undefined;
  }, framework);
}

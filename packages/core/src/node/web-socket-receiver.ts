import { parseCursor } from '../log/cursor';
import { authorizeVisit } from '../http/authorization';
import { hubOr } from './own-hub';
import { refusalBy } from '../http/refusal';
import { cursorOf } from '../http/query';
import { settingsFor } from '../http/stream-settings';
import { answerLater, leave, type Receive, type Visit } from '../http/exchange';
import type { WebSocketOptions } from '../web-socket/route';
import { WebSocketGate } from '../web-socket/handshake';
import type { WebSocketLike, WebSocketServerClass } from '../http/ws-library';
import type { SocketSettings } from '../web-socket/options';
import { WebSocketSession } from '../web-socket/session';

/** Receives visits and makes a WebSocket of each. */
export function webSocketReceiver<Request>(
  options: WebSocketOptions<Request>,
  settings: SocketSettings<Request>,
  WebSocketServer: WebSocketServerClass,
): (visit: Visit<Request>) => Receive<Request> {
  const gate = new WebSocketGate<Request, WebSocketLike>({ ...settings, raw: false }, WebSocketServer);
  const settingsOf = settingsFor({
    heartbeat: options.heartbeat,
    retry: options.retry,
    linger: options.linger,
    maxAge: Number.POSITIVE_INFINITY,
  });

  return (visit) => {
    const upgrade = gate.check(visit);
    const text = cursorOf(visit.incoming, visit.query);
    const cursor = parseCursor(text);
    return async (feed) => {
      const channels = 'channels' in feed ? feed.channels : [];
      const hub = channels[0]?.hub ?? hubOr(options.hub);
      const { retry } = settingsOf(hub);
      await authorizeVisit(options.authorize, visit, channels, hub, 'websocket');
      if (visit.sink.gone) return leave(visit);
      const refusal = refusalBy(hub, visit);
      if (refusal) return answerLater(visit, hub, 'websocket', refusal, retry);
      gate.open(upgrade, visit, (opened) => {
        const session = new WebSocketSession(opened, hub, visit, options, settings);
        // Things may have changed while the handshake was under way.
        const late = refusalBy(hub, visit);
        if (late) session.turnAway(late, retry);
        else session.connect(feed, text, cursor, settingsOf(hub));
      });
      return undefined;
    };
  };
}

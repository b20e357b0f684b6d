import { parseCursor } from '../cursor';
import { hubOr } from './own-hub';
import { cursorOf } from './request';
import { settingsFor } from './stream-settings';
import { answerClosing, type Receive, type Visit } from './visit';
import { WebSocketGate } from './web-socket-gate';
import type { WebSocketLike, WebSocketServerClass } from './web-socket-library';
import type { SocketSettings } from './web-socket-options';
import { type Options, WebSocketSession } from './web-socket-session';

/** Receives visits and makes a WebSocket of each. */
export function webSocketReceiver<Request>(
  options: Options<Request>,
  settings: SocketSettings<Request>,
  WebSocketServer: WebSocketServerClass,
): (visit: Visit<Request>) => Receive<Request> {
  const gate = new WebSocketGate<Request, WebSocketLike>({ ...settings, raw: false }, WebSocketServer);
  const { heartbeat, retry } = options;
  const settingsOf = settingsFor({ heartbeat, retry, maxAge: Number.POSITIVE_INFINITY });

  return (visit) => {
    const upgrade = gate.check(visit);
    const text = cursorOf(visit.incoming, visit.query);
    const cursor = parseCursor(text);
    return async (feed) => {
      const hub = 'channels' in feed ? feed.channels[0].hub : hubOr(options.hub);
      if (hub.closed) return answerClosing(visit);
      gate.open(upgrade, visit, (opened) => {
        const session = new WebSocketSession(opened, hub, visit, options, settings);
        if (hub.closed) session.drain(settingsOf(hub).retry);
        else session.connect(feed, text, cursor, settingsOf(hub));
      });
      return undefined;
    };
  };
}

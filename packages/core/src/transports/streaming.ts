import type { Channel } from '../hub/channel';
import { finishedCursor, parseCursor } from '../log/cursor';
import { Hub } from '../hub/hub';
import { OneOff } from '../delivery/generator-stream';
import { aFunction, amount, instanceOf, milliseconds } from '../checks/check-options';
import type { HubRefusal } from '../delivery/close-reason';
import { spreadRetry } from '../time/retry-delay';
import type { SourceMessage } from '../http/source';
import type { StreamSettings } from '../delivery/stream';
import { type Subscribed, subscribe } from '../delivery/subscribe';
import type { Subscriber } from '../delivery/subscriber';
import { bytesOf, type Chunk } from '../encoders/chunk';
import type { Writer } from '../encoders/encoder';
import { accompany } from '../http/lifecycle';
import { authorizeVisit } from '../http/authorization';
import { type ConnectionOptions, connectionChecks } from '../http/connection-options';
import { errorListener, type LogError, tell } from '../http/error-listener';
import { hubOr } from '../node/own-hub';
import { refusalBy } from '../http/refusal';
import { cursorOf, paddingOf } from '../http/query';
import { settingsFor } from '../http/stream-settings';
import { answerFinished, leave, type Receive, type Visit } from '../http/exchange';

/** Options of every transport whose response goes on. What is not given is the hub's. */
export interface StreamOptions<Request> extends ConnectionOptions<Request> {
  /** Milliseconds of silence after which a heartbeat goes out. Default: the hub's, 15,000. */
  heartbeat?: number;
  /** Milliseconds that the client should wait before it comes back, spread by a quarter. Default: the hub's, 3,000. */
  retry?: number;
  /** Bytes of filling at the start of each stream, up to 65,536. Default 0; old polyfills ask for their 2 KiB themselves. */
  padding?: number;
  /**
   * Milliseconds that an async generator is waited for before the head goes out without its first message. A throw in
   * that time is answered by the framework, with an ordinary status. Default 1,000.
   */
  patience?: number;
  /** The hub whose clock and `close()` an async generator's streams follow. Default: one that is never closed. */
  hub?: Hub;
  /**
   * Milliseconds that are waited for more when something was published, so that it goes out in one write. Default: the hub's,
   * 0: what one turn of the event loop publishes goes out together.
   */
  linger?: number;
  /** Hears of what a source threw after the stream had begun. Default: the hub's `logger`, or `console.error`. */
  onError?: (error: unknown, request: Request) => void;
}

export const streamChecks = {
  ...connectionChecks,
  heartbeat: milliseconds(100),
  retry: milliseconds(500),
  linger: milliseconds(0),
  padding: amount(0, { most: 65_536 }),
  patience: milliseconds(0),
  hub: instanceOf('a hub', Hub),
  onError: aFunction,
};

/** A streaming transport, as a route has it. */
export interface Streaming<Request> {
  readonly options: StreamOptions<Request>;
  /** Hears of errors where the app gave no `onError`. */
  readonly logError: LogError<Request> | undefined;
  /** The query parameter that carries the cursor, where it is the app's own. */
  readonly parameter?: string;
  /** Bytes after which a stream ends and the client comes back. Default: none. */
  readonly maxBytes?: number;
  /** May refuse the request. */
  writerOf(visit: Visit<Request>): Writer;
}

const defaultPatience = 1000;

/** Receives visits and lets their responses go on. */
export function streaming<Request>(transport: Streaming<Request>): (visit: Visit<Request>) => Receive<Request> {
  const { options, logError, parameter } = transport;
  const settingsOf = settingsFor(options, transport.maxBytes);
  return (visit) => {
    const writer = transport.writerOf(visit);
    const cursor = cursorOf(visit.incoming, visit.query, parameter);
    return async (feed) => {
      const channels = 'channels' in feed ? feed.channels : [];
      const hub = channels[0]?.hub ?? hubOr(options.hub);
      const settings = settingsOf(hub, paddingOf(visit.query));
      if (options.authorize) {
        await authorizeVisit(options.authorize, visit, channels, hub, writer.transport);
        if (visit.sink.gone) return leave(visit);
      }
      if (visit.incoming.method === 'HEAD') return sendWhole(visit, writer, '');
      // From here on nothing is waited for, so that who is let in is counted before the next one is looked at.
      const refusal = refusalBy(hub, visit);
      if (refusal) return turnAway(visit, hub, writer, refusal, settings);
      const onError = errorListener(options.onError ?? logError, hub);
      const serving =
        'channels' in feed
          ? serveChannels(feed.channels, hub, writer, cursor, settings, visit)
          : serveIterable(feed.iterable, hub, writer, cursor, settings, visit, options.patience, onError);
      const connection = serving instanceof Promise ? await serving : serving;
      if (connection) accompany(connection, channels, visit, options, onError);
      return connection;
    };
  };
}

function serveChannels<Request>(
  channels: readonly Channel[],
  hub: Hub,
  writer: Writer,
  cursor: string | undefined,
  settings: StreamSettings,
  visit: Visit<Request>,
): Subscriber | undefined | Promise<Subscriber | undefined> {
  const answer = (joined: Subscribed) => {
    if (joined === 'gone') return leave(visit);
    if (joined === 'finished') return answerFinished(visit);
    if (joined === 'full' || joined === 'unavailable') return turnAway(visit, hub, writer, joined, settings);
    visit.sink.letGoSoon();
    return joined;
  };
  const joining = subscribe(hub, channels, writer, parseCursor(cursor), settings, visit.sink);
  return joining instanceof Promise ? joining.then(answer) : answer(joining);
}

async function serveIterable<Request>(
  iterable: AsyncIterable<SourceMessage>,
  hub: Hub,
  writer: Writer,
  cursor: string | undefined,
  settings: StreamSettings,
  visit: Visit<Request>,
  patience: number | undefined,
  onError: LogError<Request>,
): Promise<OneOff | undefined> {
  if (cursor === finishedCursor) return answerFinished(visit);
  const connection = new OneOff(hub, writer, visit.sink, settings, iterable, {
    failed: (error) => tell(onError, error, visit.request),
    aborted: () => visit.leaving.abort(),
  });
  await connection.start(patience ?? defaultPatience);
  return connection;
}

/** Asks a client to come back later, by a stream: any other answer would stop a native EventSource for good. */
function turnAway<Request>(
  visit: Visit<Request>,
  hub: Hub,
  writer: Writer,
  why: HubRefusal,
  { retry }: StreamSettings,
): undefined {
  hub.telemetry.refused(writer.transport, why);
  return sendWhole(visit, writer, writer.later(why, spreadRetry(retry, Math.random())));
}

/** A stream that is over as soon as it has begun. */
function sendWhole<Request>({ sink }: Visit<Request>, writer: Writer, chunk: Chunk): undefined {
  sink.begin(writer.contentType);
  if (chunk.length > 0) sink.write(bytesOf([chunk]));
  sink.end();
}

import type { Channel } from '../channel';
import type { Connection } from '../connection';
import { finishedCursor, parseCursor } from '../cursor';
import { Hub } from '../hub';
import { OneOff } from '../one-off';
import { aFunction, amount, instanceOf, milliseconds } from '../options';
import { spreadRetry } from '../retry';
import type { SourceMessage } from '../source';
import type { StreamSettings } from '../stream';
import { subscribe } from '../subscribe';
import { bytesOf, type Chunk } from '../writers/chunk';
import type { Writer } from '../writers/writer';
import { type LogError, tell } from './log-error';
import { hubOr } from './own-hub';
import { refusalBy } from './refusal';
import { cursorOf, paddingOf } from './request';
import { settingsFor } from './stream-settings';
import { answerFinished, leave, type Receive, type Visit } from './visit';

/** Options of every transport whose response goes on. What is not given is the hub's. */
export interface StreamOptions<Request> {
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
  /** Hears of what a source threw after the stream had begun. Default: `console.error`. */
  onError?: (error: unknown, request: Request) => void;
}

export const streamChecks = {
  heartbeat: milliseconds(100),
  retry: milliseconds(500),
  padding: amount(0, { most: 65_536 }),
  patience: milliseconds(0),
  hub: instanceOf('a hub', Hub),
  onError: aFunction,
};

/** A streaming transport, as a route has it. */
export interface Streaming<Request> {
  readonly options: StreamOptions<Request>;
  readonly logError: LogError<Request>;
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
      if (visit.incoming.method === 'HEAD') return sendWhole(visit, writer, '');
      const hub = 'channels' in feed ? feed.channels[0].hub : hubOr(options.hub);
      const settings = settingsOf(hub, paddingOf(visit.query));
      const refusal = refusalBy(hub, visit);
      if (refusal) return sendWhole(visit, writer, writer.later(refusal, spreadRetry(settings.retry, Math.random())));
      if ('channels' in feed) return serveChannels(feed.channels, hub, writer, cursor, settings, visit);
      const onError = options.onError ?? logError;
      const patience = options.patience ?? defaultPatience;
      return serveIterable(feed.iterable, hub, writer, cursor, settings, visit, patience, onError);
    };
  };
}

async function serveChannels<Request>(
  channels: readonly Channel[],
  hub: Hub,
  writer: Writer,
  cursor: string | undefined,
  settings: StreamSettings,
  visit: Visit<Request>,
): Promise<Connection | undefined> {
  const joined = await subscribe(hub, channels, writer, parseCursor(cursor), settings, visit.sink);
  if (joined === 'gone') return leave(visit);
  return joined === 'finished' ? answerFinished(visit) : joined;
}

async function serveIterable<Request>(
  iterable: AsyncIterable<SourceMessage>,
  hub: Hub,
  writer: Writer,
  cursor: string | undefined,
  settings: StreamSettings,
  visit: Visit<Request>,
  patience: number,
  onError: LogError<Request>,
): Promise<Connection | undefined> {
  if (cursor === finishedCursor) return answerFinished(visit);
  const connection = new OneOff(hub, writer, visit.sink, settings, iterable, {
    failed: (error) => tell(onError, error, visit.request),
    aborted: () => visit.aborter.abort(),
  });
  await connection.start(patience);
  return connection;
}

/** A stream that is over as soon as it has begun. */
function sendWhole<Request>({ sink }: Visit<Request>, writer: Writer, chunk: Chunk): undefined {
  sink.begin(writer.contentType);
  if (chunk.length > 0) sink.write(bytesOf([chunk]));
  sink.end();
}

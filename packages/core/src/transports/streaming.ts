import { aFunction, instanceOf, integer, milliseconds } from '../checks/check-options';
import type { HubRefusal } from '../delivery/close-reason';
import { GeneratorStream, type SourceMessage } from '../delivery/generator-stream';
import type { StreamSettings } from '../delivery/stream';
import { type Subscribed, subscribe } from '../delivery/subscribe';
import type { Subscriber } from '../delivery/subscriber';
import { bytesOf, type Chunk } from '../encoders/chunk';
import type { Encoder } from '../encoders/encoder';
import { authorizeExchange } from '../http/authorization';
import { type ConnectionOptions, connectionChecks } from '../http/connection-options';
import { type ErrorListener, errorListener, reportError } from '../http/error-listener';
import { type Exchange, endAbandoned, type Receive } from '../http/exchange';
import { attachHooks } from '../http/hooks';
import { cursorOf, paddingOf } from '../http/query';
import { answerFinished, findRefusal } from '../http/refusal';
import { settingsFor } from '../http/stream-settings';
import type { Channel } from '../hub/channel';
import type { Engine } from '../hub/engine';
import { engineFor, Hub } from '../hub/hub';
import { finishedCursor, parseCursor } from '../log/cursor';
import { spreadRetry } from '../time/retry-delay';

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
  firstMessageTimeout?: number;
  /** The hub whose clock and `close()` an async generator's streams follow. Default: one that is never closed. */
  hub?: Hub;
  /**
   * Milliseconds that are waited for more when something was published, so that it goes out in one write. Default: the hub's,
   * 0: what one turn of the event loop publishes goes out together.
   */
  batchDelay?: number;
  /** Hears of what a source threw after the stream had begun. Default: the hub's `logger`, or `console.error`. */
  onError?: (error: unknown, request: Request) => void;
}

export const streamChecks = {
  ...connectionChecks,
  heartbeat: milliseconds(100),
  retry: milliseconds(500),
  batchDelay: milliseconds(0),
  padding: integer(0, { max: 65_536 }),
  firstMessageTimeout: milliseconds(0),
  hub: instanceOf('a hub', Hub),
  onError: aFunction,
};

/** A streaming transport, as a route has it. */
export interface Streaming<Request> {
  readonly options: StreamOptions<Request>;
  /** Hears of errors where the app gave no `onError`. */
  readonly defaultOnError: ErrorListener<Request> | undefined;
  /** The query parameter that carries the cursor, where it is the app's own. */
  readonly parameter?: string;
  /** Bytes after which a stream ends and the client comes back. Default: none. */
  readonly maxBytes?: number;
  /** May refuse the request. */
  encoderOf(exchange: Exchange<Request>): Encoder;
}

const defaultFirstMessageTimeout = 1000;

/** Receives visits and lets their responses go on. */
export function streaming<Request>(transport: Streaming<Request>): (exchange: Exchange<Request>) => Receive<Request> {
  const { options, defaultOnError, parameter } = transport;
  const settingsOf = settingsFor(options, transport.maxBytes);
  return (exchange) => {
    const encoder = transport.encoderOf(exchange);
    const cursor = cursorOf(exchange.incoming, exchange.query, parameter);
    return async (feed) => {
      const channels = 'channels' in feed ? feed.channels : [];
      const engine = engineFor(channels, options.hub);
      const settings = settingsOf(engine, paddingOf(exchange.query));
      if (options.authorize) {
        await authorizeExchange(options.authorize, exchange, channels, engine, encoder.transport);
        if (exchange.sink.gone) return endAbandoned(exchange);
      }
      if (exchange.incoming.method === 'HEAD') return sendWhole(exchange, encoder, '');
      // From here on nothing is waited for, so that who is let in is counted before the next one is looked at.
      const refusal = findRefusal(engine, exchange);
      if (refusal) return refuse(exchange, engine, encoder, refusal, settings);
      const onError = errorListener(options.onError ?? defaultOnError, engine.observer);
      const serving =
        'channels' in feed
          ? serveChannels(feed.channels, engine, encoder, cursor, settings, exchange)
          : serveIterable(
              feed.iterable,
              engine,
              encoder,
              cursor,
              settings,
              exchange,
              options.firstMessageTimeout,
              onError,
            );
      const connection = serving instanceof Promise ? await serving : serving;
      if (connection) attachHooks(connection, channels, exchange, options, onError);
      return connection;
    };
  };
}

function serveChannels<Request>(
  channels: readonly Channel[],
  engine: Engine,
  encoder: Encoder,
  cursor: string | undefined,
  settings: StreamSettings,
  exchange: Exchange<Request>,
): Subscriber | undefined | Promise<Subscriber | undefined> {
  const answer = (joined: Subscribed) => {
    if (joined === 'gone') return endAbandoned(exchange);
    if (joined === 'finished') return answerFinished(exchange);
    if (joined === 'full' || joined === 'unavailable') return refuse(exchange, engine, encoder, joined, settings);
    exchange.sink.detachSoon();
    return joined;
  };
  const joining = subscribe(engine, channels, encoder, parseCursor(cursor), settings, exchange.sink);
  return joining instanceof Promise ? joining.then(answer) : answer(joining);
}

async function serveIterable<Request>(
  iterable: AsyncIterable<SourceMessage>,
  engine: Engine,
  encoder: Encoder,
  cursor: string | undefined,
  settings: StreamSettings,
  exchange: Exchange<Request>,
  firstMessageTimeout: number | undefined,
  onError: ErrorListener<Request>,
): Promise<GeneratorStream | undefined> {
  if (cursor === finishedCursor) return answerFinished(exchange);
  const connection = new GeneratorStream(engine, encoder, exchange.sink, settings, iterable, {
    failed: (error) => reportError(onError, error, exchange.request),
    aborted: () => exchange.leaving.abort(),
  });
  await connection.start(firstMessageTimeout ?? defaultFirstMessageTimeout);
  return connection;
}

/** Asks a client to come back later, by a stream: any other answer would stop a native EventSource for good. */
function refuse<Request>(
  exchange: Exchange<Request>,
  engine: Engine,
  encoder: Encoder,
  why: HubRefusal,
  { retry }: StreamSettings,
): undefined {
  engine.observer.refused(encoder.transport, why);
  return sendWhole(exchange, encoder, encoder.retry(why, spreadRetry(retry, Math.random())));
}

/** A stream that is over as soon as it has begun. */
function sendWhole<Request>({ sink }: Exchange<Request>, encoder: Encoder, chunk: Chunk): undefined {
  sink.begin(encoder.contentType);
  if (chunk.length > 0) sink.write(bytesOf([chunk]));
  sink.end();
}

import { messagesLost, misuse } from '../checks/errors';
import type { HubRefusal } from '../delivery/close-reason';
import { GeneratorStream } from '../delivery/generator-stream';
import type { OneOffSource } from '../delivery/one-off-source';
import type { StreamSettings } from '../delivery/stream-settings';
import { StreamWriter } from '../delivery/stream-writer';
import type { Subscriber } from '../delivery/subscriber';
import type { Encoder } from '../encoders/encoder';
import { answerFinished, answerUnknownRun } from '../http/answers';
import { authorizeExchange } from '../http/authorization';
import { checkBeginning } from '../http/check-beginning';
import { compressionFor } from '../http/compression';
import { engineOfExchange } from '../http/engine-of';
import { type ErrorListener, errorListener } from '../http/error-listener';
import { type Exchange, endAbandoned } from '../http/exchange';
import { attachHooks } from '../http/hooks';
import { snapshotsOf } from '../http/initial';
import { cursorOf, paddingOf } from '../http/query';
import { findRefusal } from '../http/refusal';
import { hasPart, isDone, lostPlaceOf, originOf } from '../http/run-log';
import type { CheckedFeed, HandFeed } from '../http/source';
import { stateOf } from '../http/state-feed';
import { settingsFor } from '../http/stream-settings';
import type { Transport } from '../http/transport';
import type { Channel } from '../hub/channel';
import type { Engine } from '../hub/engine';
import { finishedCursor, parseCursor } from '../log/cursor';
import { lost } from '../log/outcome';
import { GzipSink } from '../response/gzip-sink';
import { hasBody } from '../response/unread-body';
import { type Offered, offer, type Subscribed, subscribe } from '../subscribing/subscribe';
import type { StreamOptions } from './streaming-options';
import { isHead, refuse, sendHead, sendWhole } from './whole-stream';

/** The parts in which the streaming transports of a route differ. */
export interface StreamingKind<Request> {
  readonly options: StreamOptions<Request>;
  /** Receives errors on routes without `onError`. */
  readonly defaultOnError: ErrorListener<Request> | undefined;
  /** The app's own name for the query parameter of the cursor. */
  readonly parameter?: string;
  /** Bytes after which a stream ends and the client reconnects. Defaults to no limit. */
  readonly maxBytes?: number;
  /** Milliseconds after which a channel's stream ends. Defaults to the hub's. */
  readonly maxAge?: number;
  /** Returns the encoder for a request, or refuses the request by throwing. */
  encoderOf(exchange: Exchange<Request>): Encoder;
}

/** A request whose stream is about to begin. */
interface StreamRequest<Request> {
  readonly exchange: Exchange<Request>;
  readonly engine: Engine;
  readonly encoder: Encoder;
  readonly cursor: string | undefined;
  readonly settings: StreamSettings;
  readonly onError: ErrorListener<Request>;
  readonly options: StreamOptions<Request>;
}

const defaultFirstMessageTimeout = 1000;

/** Makes a transport whose responses stay open. */
export function streaming<Request>(kind: StreamingKind<Request>): Transport<Request> {
  const { options, defaultOnError, parameter } = kind;
  const { firstMessageTimeout = defaultFirstMessageTimeout } = options;
  const settingsOf = settingsFor(
    kind.maxAge === undefined ? options : { ...options, maxAge: kind.maxAge },
    kind.maxBytes,
  );
  return (exchange) => {
    const encoder = kind.encoderOf(exchange);
    const cursor = cursorOf(exchange.incoming, exchange.query, parameter);
    const serve = async (feed: CheckedFeed) => {
      checkBeginning(feed, options);
      const channels = 'channels' in feed ? feed.channels : [];
      if (encoder.foreign && channels.length > 1) throw misuse('source', 'one channel beside dialect', channels);
      const state = stateOf(channels);
      if (state && (encoder.isBare || encoder.foreign)) throw withoutGaps(encoder, state);
      const engine = engineOfExchange(exchange, channels, options.hub);
      const settings = settingsOf(engine, { padding: paddingOf(exchange.query), ofState: state !== undefined });
      if (options.authorize) {
        await authorizeExchange(options, exchange, channels, engine, encoder.transport);
        if (exchange.sink.gone) return endAbandoned(exchange);
      }
      const onError = errorListener(options.onError ?? defaultOnError, engine.observer);
      const streamRequest: StreamRequest<Request> = { exchange, engine, encoder, cursor, settings, onError, options };
      // Nothing is awaited from here on: an accepted client is counted before the next is checked.
      const refusal = findRefusal(engine, exchange);
      if (refusal) {
        if ('byHand' in feed) feed.byHand.refused(refusal);
        return refuse(exchange, engine, encoder, settings, refusal);
      }
      if ('byHand' in feed) {
        const writer = serveByHand(feed.byHand, streamRequest);
        if (writer) feed.byHand.opened(writer);
        if (writer) attachHooks(writer, channels, exchange, engine, options, onError);
        return writer;
      }
      const serving =
        'channels' in feed
          ? serveChannels(feed.channels, streamRequest)
          : serveIterable(feed.messages, streamRequest, firstMessageTimeout);
      const connection = serving instanceof Promise ? await serving : serving;
      if (connection) attachHooks(connection, channels, exchange, engine, options, onError);
      return connection;
    };
    const refuseRequest = (engine: Engine, reason: HubRefusal) =>
      refuse(exchange, engine, encoder, settingsOf(engine), reason);
    return { transport: encoder.transport, cursor, pendingOptions: options, serve, refuse: refuseRequest };
  };
}

/** A client that is not told of a gap would show keys that are gone. */
const withoutGaps = ({ foreign }: Encoder, state: unknown): TypeError =>
  misuse('source', `no state beside ${foreign ? 'dialect' : 'bare'}, where clients are told of no gap`, state);

function serveChannels<Request>(
  channels: readonly Channel[],
  streamRequest: StreamRequest<Request>,
): Subscriber | undefined | Promise<Subscriber | undefined> {
  const { exchange, engine, encoder, cursor, settings, onError, options } = streamRequest;
  const answer = (subscribed: Subscribed | Offered) => {
    if (subscribed === 'gone') return endAbandoned(exchange);
    if (subscribed === 'finished') return answerFinished(exchange);
    if (subscribed === 'lost') throw messagesLost();
    if (subscribed === 'unknown') {
      if (options.unknownRun === 404 || !hasPart(place)) return answerUnknownRun(exchange, options.unknownRun);
      if (encoder.foreign) throw messagesLost();
      return sendWhole(exchange, encoder, encoder.end(lostPlaceOf(place) ?? '', lost));
    }
    if (subscribed === 'full' || subscribed === 'unavailable') {
      return refuse(exchange, engine, encoder, settings, subscribed);
    }
    if ('newest' in subscribed) return sendHead(exchange, encoder, subscribed.newest, compression && 'gzip');
    if (subscribed.reason === undefined) exchange.sink.detachSoon();
    return subscribed;
  };
  const snapshots = snapshotsOf(options, exchange, channels, engine, onError);
  // A bare stream has given the client no cursor.
  const from = encoder.isBare ? undefined : cursor;
  if (isDone(channels, from)) return answerFinished(exchange);
  const start = originOf(channels, options.from);
  const beginning = { from, start, snapshots, waits: options.unknownRun === 'wait' };
  const place = encoder.foreign?.placeOf(exchange.query) ?? parseCursor(encoder.foreign ? cursor : from, start);
  const connect = isHead(exchange) ? offer : subscribe;
  const compression = compressionFor(exchange, settings);
  const sink = compression ? new GzipSink(exchange.sink, compression) : exchange.sink;
  const subscribing = connect(engine, channels, encoder, place, settings, sink, beginning);
  return subscribing instanceof Promise ? subscribing.then(answer) : answer(subscribing);
}

async function serveIterable<Request>(
  source: OneOffSource,
  { exchange, engine, encoder, cursor, settings, onError }: StreamRequest<Request>,
  firstMessageTimeout: number,
): Promise<GeneratorStream | undefined> {
  if (cursor === finishedCursor) return answerFinished(exchange);
  if (isHead(exchange)) return sendHead(exchange, encoder);
  const ownEncoder = encoder.foreign?.forOne() ?? encoder;
  const connection = new GeneratorStream(engine, ownEncoder, exchange.sink, settings, source, {
    onError: (error) => onError(error, exchange.request),
    onClosing: () => exchange.closing.abort(),
  });
  await connection.start(firstMessageTimeout, cursor);
  return connection;
}

function serveByHand<Request>(
  app: HandFeed,
  { exchange, engine, encoder, cursor, settings }: StreamRequest<Request>,
): StreamWriter | undefined {
  if (cursor === finishedCursor) {
    app.refused('ended');
    return answerFinished(exchange);
  }
  if (isHead(exchange)) {
    app.refused('answered');
    return sendHead(exchange, encoder);
  }
  const { sink, incoming } = exchange;
  const ownEncoder = encoder.foreign?.forOne() ?? encoder;
  const writer = new StreamWriter(engine, ownEncoder, sink, settings, app);
  writer.start(cursor);
  // The handler may still read the body of its request.
  if (incoming.readableEnded || !hasBody(incoming)) sink.detachSoon();
  return writer;
}

import { messagesLost } from '../checks/errors';
import { GeneratorStream } from '../delivery/generator-stream';
import type { OneOffSource } from '../delivery/one-off-source';
import type { StreamSettings } from '../delivery/stream-settings';
import { StreamWriter } from '../delivery/stream-writer';
import type { Subscriber } from '../delivery/subscriber';
import type { Encoder } from '../encoders/encoder';
import { answerFinished, answerUnknownRun } from '../http/answers';
import { compressionFor } from '../http/compression';
import type { ErrorListener } from '../http/error-listener';
import { type Exchange, endAbandoned } from '../http/exchange';
import { attachHooks } from '../http/hooks';
import { snapshotsOf } from '../http/initial';
import { findRefusal } from '../http/refusal';
import { hasPart, isDone, lostPlaceOf, originOf } from '../http/run-log';
import type { CheckedFeed, HandFeed } from '../http/source';
import type { Served } from '../http/transport';
import type { Channel } from '../hub/channel';
import type { Engine } from '../hub/engine';
import { finishedCursor, parseCursor } from '../log/cursor';
import { lost } from '../log/outcome';
import { GzipSink } from '../response/gzip-sink';
import { hasBody } from '../response/unread-body';
import { type Offered, offer, type Subscribed, subscribe } from '../subscribing/subscribe';
import type { StreamOptions } from './streaming-options';
import { isHead, refuse, sendHead, sendWhole } from './whole-stream';

/** A request whose stream is about to begin. */
export interface StreamRequest<Request> {
  readonly exchange: Exchange<Request>;
  readonly engine: Engine;
  readonly encoder: Encoder;
  readonly cursor: string | undefined;
  readonly settings: StreamSettings;
  readonly onError: ErrorListener<Request>;
  readonly options: StreamOptions<Request>;
}

/**
 * Begins the stream of a feed, unless the hub refuses its client. Nothing is awaited until the
 * client is counted, so that the next one is checked after that.
 *
 * @returns a promise only where something is awaited: most requests wait for nothing.
 */
export function beginStream<Request>(
  feed: CheckedFeed,
  channels: readonly Channel[],
  streamRequest: StreamRequest<Request>,
  firstMessageTimeout: number,
): Served | Promise<Served> {
  const { exchange, engine, encoder, settings } = streamRequest;
  const refusal = findRefusal(engine, exchange);
  if (refusal) {
    if ('byHand' in feed) feed.byHand.refused(refusal);
    return refuse(exchange, engine, encoder, settings, refusal);
  }
  if ('byHand' in feed) {
    const writer = serveByHand(feed.byHand, streamRequest);
    if (writer) feed.byHand.opened(writer);
    return attach(writer, channels, streamRequest);
  }
  const serving =
    'channels' in feed
      ? serveChannels(feed.channels, streamRequest)
      : serveIterable(feed.messages, streamRequest, firstMessageTimeout);
  if (!(serving instanceof Promise)) return attach(serving, channels, streamRequest);
  return serving.then((connection) => attach(connection, channels, streamRequest));
}

/** Runs the route's hooks for a connection, if there is one. */
function attach<Request>(
  connection: Served,
  channels: readonly Channel[],
  { exchange, engine, options, onError }: StreamRequest<Request>,
): Served {
  if (connection) attachHooks(connection, channels, exchange, engine, options, onError);
  return connection;
}

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

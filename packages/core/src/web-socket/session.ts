import type { CloseReason, HubRefusal } from '../delivery/close-reason';
import type { Connection } from '../delivery/connection';
import { GeneratorStream } from '../delivery/generator-stream';
import type { StreamSettings } from '../delivery/stream-settings';
import { StreamWriter } from '../delivery/stream-writer';
import type { Subscriber } from '../delivery/subscriber';
import { bytesOf, type Chunk } from '../encoders/chunk';
import type { Encoder } from '../encoders/encoder';
import { subprotocol } from '../encoders/web-socket';
import { errorListener } from '../http/error-listener';
import type { Exchange } from '../http/exchange';
import { attachHooks } from '../http/hooks';
import { snapshotsOf } from '../http/initial';
import { asksForFrames, sendsFrames } from '../http/query';
import { isDone, lostPlaceOf, originOf } from '../http/run-log';
import type { CheckedFeed } from '../http/source';
import type { WebSocketLike } from '../http/ws-library';
import type { Channel } from '../hub/channel';
import type { Engine } from '../hub/engine';
import { type Cursor, finishedCursor, parseCursor } from '../log/cursor';
import { lost, type Outcome } from '../log/outcome';
import { type Subscribed, subscribe } from '../subscribing/subscribe';
import { spreadRetry } from '../time/retry-delay';
import { changeTopics } from './change-topics';
import type { ClientRates } from './client-rates';
import type { Inbox, InboxLimits } from './inbox';
import { listen, maxWaiting } from './listen';
import type { WebSocketOptions } from './options';
import type { OpenWebSocket } from './route-handshake';
import { webSocketEncoderFor } from './shared-encoders';
import { WebSocketSink } from './sink';
import { SocketClient } from './socket-client';
import type { SocketSettings } from './socket-options';

type Starting = Connection | undefined | Promise<Connection | undefined>;

/** One open WebSocket. It becomes a connection. */
export class WebSocketSession<Request> {
  readonly request: Request;
  readonly #engine: Engine;
  readonly #sink: WebSocketSink;
  readonly #encoder: Encoder;
  readonly #exchange: Exchange<Request>;
  /** The client that `onMessage` gets. */
  #client: SocketClient<Request> | undefined;
  #subscriber: Subscriber | undefined;
  #starting: Promise<unknown> | undefined;
  #inbox: Inbox<string | Buffer> | undefined;
  #channels: Channel[] = [];
  readonly #options: WebSocketOptions<Request>;
  readonly #onError: (error: unknown, request: Request) => void;

  constructor(
    { webSocket, socket, windowBits }: OpenWebSocket<WebSocketLike>,
    engine: Engine,
    exchange: Exchange<Request>,
    options: WebSocketOptions<Request>,
    { pulse, deflate, maxPayload }: SocketSettings<Request>,
    rates: ClientRates,
    client: string,
  ) {
    this.request = exchange.request;
    this.#engine = engine;
    this.#exchange = exchange;
    this.#options = options;
    this.#onError = errorListener(options.onError, engine.observer);
    this.#sink = new WebSocketSink(webSocket, socket, engine.timers, pulse);
    this.#sink.client = exchange.sink.client;
    this.#sink.place = exchange.sink.place;
    const wantsFrames = webSocket.protocol === subprotocol || asksForFrames(exchange.query);
    this.#encoder = webSocketEncoderFor(wantsFrames, windowBits, deflate);
    const listens = options.onMessage || sendsFrames(exchange.query);
    const limits = listens && rates.limitsOf(client, engine.clock, maxWaiting(maxPayload));
    if (limits) this.#inbox = this.#listen(webSocket, limits);
    else if (wantsFrames) this.#sink.refuseMessages();
  }

  /** @param cursorText the cursor as the client sent it. */
  async connect(feed: CheckedFeed, cursorText: string | undefined, settings: StreamSettings): Promise<void> {
    try {
      const starting = this.#start(feed, cursorText, settings);
      // Most sources are there at once, and awaiting costs a turn.
      if (starting instanceof Promise) this.#starting = starting;
      const connection = starting instanceof Promise ? await starting : starting;
      this.#starting = undefined;
      if (connection) this.#client?.connected(connection);
      if (connection instanceof StreamWriter && 'byHand' in feed) feed.byHand.opened(connection);
      if (connection)
        attachHooks(connection, this.#channels, this.#exchange, this.#engine, this.#options, this.#onError);
      else this.#exchange.closing.abort();
    } catch (error) {
      this.#fail(error);
    }
  }

  #start(feed: CheckedFeed, cursorText: string | undefined, settings: StreamSettings): Starting {
    if ('channels' in feed) return this.#follow(feed.channels, cursorText, settings);
    if (cursorText === finishedCursor) {
      if ('byHand' in feed) feed.byHand.refused('ended');
      return this.#finish(cursorText);
    }
    const [engine, sink, encoder] = [this.#engine, this.#sink, this.#encoder];
    if ('byHand' in feed) {
      const writer = new StreamWriter(engine, encoder, sink, settings, feed.byHand);
      writer.start(cursorText);
      return writer;
    }
    const stream = new GeneratorStream(engine, encoder, sink, settings, feed.messages, {
      onError: (error) => this.#onError(error, this.request),
      onClosing: () => this.#exchange.closing.abort(),
    });
    return stream.start(0, cursorText).then(() => stream);
  }

  #follow(channels: readonly Channel[], cursorText: string | undefined, settings: StreamSettings): Starting {
    // Hooks see the channels of the moment.
    this.#channels = channels.slice();
    if (isDone(channels, cursorText)) return this.#finish(cursorText as string);
    const start = originOf(channels, this.#options.from);
    const place = parseCursor(cursorText, start);
    const subscribed = subscribe(this.#engine, channels, this.#encoder, place, settings, this.#sink, {
      from: cursorText,
      start,
      waits: this.#options.unknownRun === 'wait',
      snapshots: snapshotsOf(this.#options, this.#exchange, this.#channels, this.#engine, this.#onError),
    });
    return subscribed instanceof Promise
      ? subscribed.then((settled) => this.#followed(settled, place, cursorText, settings.retry))
      : this.#followed(subscribed, place, cursorText, settings.retry);
  }

  #followed(subscribed: Subscribed, place: Cursor, cursorText: string | undefined, retry: number) {
    if (typeof subscribed !== 'string') {
      this.#subscriber = subscribed;
      return subscribed;
    }
    const isOver = subscribed === 'finished' || subscribed === 'unknown';
    const lostPlace = subscribed === 'unknown' ? lostPlaceOf(place) : undefined;
    if (lostPlace) this.#finish(lostPlace, lost);
    else if (isOver) this.#finish(cursorText ?? finishedCursor);
    if (subscribed === 'full' || subscribed === 'unavailable') this.refuse(subscribed, retry);
    return undefined;
  }

  /** Asks the client to come back later. It has not become a connection. */
  refuse(refusal: HubRefusal, retry: number): void {
    this.#engine.observer.refused('websocket', refusal);
    this.#end(refusal, this.#encoder.retry(refusal, spreadRetry(retry, Math.random())));
    this.#exchange.closing.abort();
  }

  /** Tells the client not to reconnect, since it has every message of a channel that has ended. */
  #finish(cursor: string, outcome?: Outcome): undefined {
    this.#end('ended', this.#encoder.end(cursor, outcome), outcome);
  }

  #end(reason: CloseReason, lastBytes: Chunk, outcome?: Outcome): void {
    this.#client?.refused(reason);
    if (lastBytes.length > 0) this.#sink.write(bytesOf([lastBytes]));
    this.#sink.end(reason, outcome);
  }

  #fail(error: unknown): void {
    this.#onError(error, this.request);
    this.#end('failed', this.#encoder.error());
    this.#exchange.closing.abort();
  }

  #listen(webSocket: WebSocketLike, limits: InboxLimits): Inbox<string | Buffer> {
    this.#client = new SocketClient(this.request, this.#engine, this.#sink, this.#encoder, () => this.#inbox?.close());
    return listen(webSocket, limits, {
      client: this.#client,
      engine: this.#engine,
      exchange: this.#exchange,
      options: this.#options,
      encoder: this.#encoder,
      sink: this.#sink,
      write: (chunk) => this.#write(chunk),
      changeTopics: async (topics) => {
        // A client may change them before it has its first channels.
        await this.#starting;
        await changeTopics(this.#engine, this.#subscriber, this.#exchange, this.#options, topics, (channels) => {
          this.#channels.splice(0, this.#channels.length, ...channels);
        });
      },
      report: (error) => this.#onError(error, this.request),
      fail: (error) => this.#fail(error),
    });
  }

  /** Writes to this client alone, after what was published before. */
  #write(chunk: Chunk): void {
    this.#subscriber?.flush();
    this.#sink.write(bytesOf([chunk]));
  }
}

import type { CloseReason, HubRefusal } from '../delivery/close-reason';
import type { Connection } from '../delivery/connection';
import { GeneratorStream } from '../delivery/generator-stream';
import type { StreamSettings } from '../delivery/stream';
import { subscribe } from '../delivery/subscribe';
import type { Subscriber } from '../delivery/subscriber';
import { bytesOf, type Chunk } from '../encoders/chunk';
import type { Encoder } from '../encoders/encoder';
import { subprotocol, webSocketEncoderFor } from '../encoders/web-socket';
import { errorListener, reportError } from '../http/error-listener';
import type { Exchange } from '../http/exchange';
import { attachHooks } from '../http/hooks';
import { asksForFrames } from '../http/query';
import type { ReadFeed } from '../http/source';
import type { WebSocketLike } from '../http/ws-library';
import type { Engine } from '../hub/engine';
import { type Cursor, finishedCursor } from '../log/cursor';
import { checkPublishOptions, createMessage } from '../log/message';
import { spreadRetry } from '../time/retry-delay';
import type { Opened } from './handshake';
import { Inbox } from './inbox';
import {
  checkClose,
  type SocketSettings,
  usualPerSecond,
  type WebSocketClient,
  type WebSocketOptions,
} from './options';
import { WebSocketSink } from './sink';

/** Bytes of messages that may wait for a handler: of one read of the socket, or inflated from it. */
const maxWaiting = (maxPayload: number): number => 2 * Math.max(maxPayload, 64 * 1024);

/** One open WebSocket on its way to become a connection. */
export class WebSocketSession<Request> implements WebSocketClient<Request> {
  readonly request: Request;
  readonly #engine: Engine;
  readonly #sink: WebSocketSink;
  readonly #encoder: Encoder;
  readonly #exchange: Exchange<Request>;
  #subscriber: Subscriber | undefined;
  #inbox: Inbox<string | Buffer> | undefined;
  readonly #options: WebSocketOptions<Request>;
  readonly #onError: (error: unknown, request: Request) => void;

  constructor(
    { webSocket, socket, windowBits }: Opened<WebSocketLike>,
    engine: Engine,
    exchange: Exchange<Request>,
    options: WebSocketOptions<Request>,
    { pulse, deflate, maxPayload }: SocketSettings<Request>,
  ) {
    this.request = exchange.request;
    this.#engine = engine;
    this.#exchange = exchange;
    this.#options = options;
    this.#onError = errorListener(options.onError, engine.observer);
    this.#sink = new WebSocketSink(webSocket, socket, engine.timers, pulse);
    this.#sink.client = exchange.sink.client;
    const isOurs = webSocket.protocol === subprotocol || asksForFrames(exchange.query);
    this.#encoder = webSocketEncoderFor(isOurs, windowBits, deflate);
    if (options.onMessage) {
      this.#listen(webSocket, options.onMessage, options.messagesPerSecond ?? usualPerSecond, maxPayload);
    }
  }

  async connect(feed: ReadFeed, text: string | undefined, cursor: Cursor, settings: StreamSettings): Promise<void> {
    try {
      const connection = await this.#start(feed, text, cursor, settings);
      const channels = 'channels' in feed ? feed.channels : [];
      if (connection) attachHooks(connection, channels, this.#exchange, this.#options, this.#onError);
      else this.#exchange.leaving.abort();
    } catch (error) {
      this.#fail(error);
    }
  }

  async #start(
    feed: ReadFeed,
    text: string | undefined,
    cursor: Cursor,
    settings: StreamSettings,
  ): Promise<Connection | undefined> {
    const [engine, sink, encoder] = [this.#engine, this.#sink, this.#encoder];
    if ('channels' in feed) {
      const joined = await subscribe(engine, feed.channels, encoder, cursor, settings, sink);
      if (joined === 'finished') this.#finish(text ?? finishedCursor);
      if (joined === 'full' || joined === 'unavailable') this.refuse(joined, settings.retry);
      if (typeof joined === 'string') return undefined;
      this.#subscriber = joined;
      return joined;
    }
    if (text === finishedCursor) return this.#finish(text);
    const connection = new GeneratorStream(engine, encoder, sink, settings, feed.iterable, {
      failed: (error) => reportError(this.#onError, error, this.request),
      aborted: () => this.#exchange.leaving.abort(),
    });
    await connection.start(0);
    return connection;
  }

  /** Asks it to come back, before it was a connection. */
  refuse(refusal: HubRefusal, retry: number): void {
    this.#engine.observer.refused('websocket', refusal);
    this.#end(refusal, this.#encoder.retry(refusal, spreadRetry(retry, Math.random())));
    this.#exchange.leaving.abort();
  }

  /** "Do not come back": the client has had all there is. */
  #finish(cursor: string): undefined {
    this.#end('ended', this.#encoder.end(cursor));
  }

  #end(reason: CloseReason, lastWords: Chunk): void {
    if (lastWords.length > 0) this.#sink.write(bytesOf([lastWords]));
    this.#sink.end(reason);
  }

  #fail(error: unknown): void {
    reportError(this.#onError, error, this.request);
    this.#end('failed', this.#encoder.error());
    this.#exchange.leaving.abort();
  }

  #listen(
    webSocket: WebSocketLike,
    handler: NonNullable<WebSocketOptions<Request>['onMessage']>,
    perSecond: number,
    maxPayload: number,
  ): void {
    const bounds = { perSecond, bytes: maxWaiting(maxPayload) };
    const inbox = new Inbox<string | Buffer>(this.#engine.clock, bounds, (data) => handler(data, this), {
      pause: () => webSocket.pause(),
      resume: () => webSocket.resume(),
      refuse: () => this.#sink.end('refused'),
      failed: (error) => this.#fail(error),
    });
    this.#inbox = inbox;
    webSocket.on('message', (data, isBinary) => {
      // After a close from this side, what still comes is nobody's.
      if (!this.#sink.gone) inbox.receive(isBinary ? data : data.toString());
    });
  }

  send(data: unknown, options?: { event?: string }): Promise<void> {
    const message = createMessage(data, checkPublishOptions(options).event);
    // An answer does not overtake what was published before it.
    this.#subscriber?.flush();
    this.#sink.write(bytesOf([this.#encoder.message(message)]));
    return this.#sink.room();
  }

  close(code = 1000, reason = ''): void {
    checkClose(code, reason);
    this.#inbox?.close();
    this.#sink.close('ended', code, reason);
  }
}

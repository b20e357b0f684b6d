import type { Connection } from '../delivery/connection';
import { type Cursor, finishedCursor } from '../log/cursor';
import type { Hub } from '../hub/hub';
import { Inbox } from './inbox';
import { checkPublishOptions, createMessage } from '../log/message';
import { OneOff } from '../delivery/generator-stream';
import type { CloseReason, HubRefusal } from '../delivery/close-reason';
import { spreadRetry } from '../time/retry-delay';
import type { ReadFeed } from '../http/source';
import type { StreamSettings } from '../delivery/stream';
import { subscribe } from '../delivery/subscribe';
import type { Subscriber } from '../delivery/subscriber';
import { bytesOf, type Chunk } from '../encoders/chunk';
import { subprotocol } from '../encoders/web-socket';
import type { Writer } from '../encoders/encoder';
import { accompany } from '../http/lifecycle';
import { checkClose } from './close-codes';
import { errorListener, tell } from '../http/error-listener';
import { speaksOurs } from '../http/query';
import { SocketSink } from './sink';
import type { Visit } from '../http/exchange';
import type { WebSocketClient, WebSocketOptions } from './route';
import type { Opened } from './handshake';
import type { WebSocketLike } from '../http/ws-library';
import { type SocketSettings, usualPerSecond } from './options';
import { writerFor } from './encoder-cache';

/** Bytes of messages that may wait for a handler: of one read of the socket, or inflated from it. */
const mostWaiting = (maxPayload: number): number => 2 * Math.max(maxPayload, 64 * 1024);

/** One open WebSocket on its way to become a connection. */
export class WebSocketSession<Request> implements WebSocketClient<Request> {
  readonly request: Request;
  readonly #hub: Hub;
  readonly #sink: SocketSink;
  readonly #writer: Writer;
  readonly #visit: Visit<Request>;
  #subscriber: Subscriber | undefined;
  #inbox: Inbox<string | Buffer> | undefined;
  readonly #options: WebSocketOptions<Request>;
  readonly #onError: (error: unknown, request: Request) => void;

  constructor(
    { webSocket, socket, windowBits }: Opened<WebSocketLike>,
    hub: Hub,
    visit: Visit<Request>,
    options: WebSocketOptions<Request>,
    { pulse, deflate, maxPayload }: SocketSettings<Request>,
  ) {
    this.request = visit.request;
    this.#hub = hub;
    this.#visit = visit;
    this.#options = options;
    this.#onError = errorListener(options.onError, hub);
    this.#sink = new SocketSink(webSocket, socket, hub.wheel, pulse);
    this.#sink.client = visit.sink.client;
    const isOurs = webSocket.protocol === subprotocol || speaksOurs(visit.query);
    this.#writer = writerFor(isOurs, windowBits, deflate);
    if (options.onMessage) {
      this.#listen(webSocket, options.onMessage, options.messagesPerSecond ?? usualPerSecond, maxPayload);
    }
  }

  async connect(feed: ReadFeed, text: string | undefined, cursor: Cursor, settings: StreamSettings): Promise<void> {
    try {
      const connection = await this.#start(feed, text, cursor, settings);
      const channels = 'channels' in feed ? feed.channels : [];
      if (connection) accompany(connection, channels, this.#visit, this.#options, this.#onError);
      else this.#visit.leaving.abort();
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
    const [hub, sink, writer] = [this.#hub, this.#sink, this.#writer];
    if ('channels' in feed) {
      const joined = await subscribe(hub, feed.channels, writer, cursor, settings, sink);
      if (joined === 'finished') this.#finish(text ?? finishedCursor);
      if (joined === 'full' || joined === 'unavailable') this.turnAway(joined, settings.retry);
      if (typeof joined === 'string') return undefined;
      this.#subscriber = joined;
      return joined;
    }
    if (text === finishedCursor) return this.#finish(text);
    const connection = new OneOff(hub, writer, sink, settings, feed.iterable, {
      failed: (error) => tell(this.#onError, error, this.request),
      aborted: () => this.#visit.leaving.abort(),
    });
    await connection.start(0);
    return connection;
  }

  /** Asks it to come back, before it was a connection. */
  turnAway(refusal: HubRefusal, retry: number): void {
    this.#hub.telemetry.refused('websocket', refusal);
    this.#end(refusal, this.#writer.later(refusal, spreadRetry(retry, Math.random())));
    this.#visit.leaving.abort();
  }

  /** "Do not come back": the client has had all there is. */
  #finish(cursor: string): undefined {
    this.#end('ended', this.#writer.end(cursor));
  }

  #end(reason: CloseReason, lastWords: Chunk): void {
    if (lastWords.length > 0) this.#sink.write(bytesOf([lastWords]));
    this.#sink.end(reason);
  }

  #fail(error: unknown): void {
    tell(this.#onError, error, this.request);
    this.#end('failed', this.#writer.error());
    this.#visit.leaving.abort();
  }

  #listen(
    webSocket: WebSocketLike,
    handler: NonNullable<WebSocketOptions<Request>['onMessage']>,
    perSecond: number,
    maxPayload: number,
  ): void {
    const bounds = { perSecond, bytes: mostWaiting(maxPayload) };
    const inbox = new Inbox<string | Buffer>(this.#hub.clock, bounds, (data) => handler(data, this), {
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
    this.#sink.write(bytesOf([this.#writer.message(message)]));
    return this.#sink.room();
  }

  close(code = 1000, reason = ''): void {
    checkClose(code, reason);
    this.#inbox?.close();
    this.#sink.close('ended', code, reason);
  }
}

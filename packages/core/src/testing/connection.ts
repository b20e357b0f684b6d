import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Readable } from 'node:stream';
import { constants, createUnzip } from 'node:zlib';
import { type TransportName, transportNames } from '../encoders/transport-name';
import type { ReceivedEvent } from './event-stream';
import { eventsOfPoll, isComet, pollBodyOf, readComet, readerFor } from './received';
import { checkTarget, type ListenTarget, openTarget, type Target } from './target';
import { handshakeHeaders, TestWebSocket, whenAnswered } from './web-socket';

/** The head of a response. The status is 101 for a WebSocket. */
export interface Opened {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

/** Receives what a {@link TestConnection} reads. */
export interface ConnectionListener {
  /** The first response has begun. The first answer to a poll is complete then. */
  onOpen(opened: Opened): void;
  onText(text: string): void;
  onEvents(events: readonly ReceivedEvent[]): void;
  /** @param error the reason why nothing could be read. */
  onEnd(error?: unknown): void;
}

/** Milliseconds between a poll that brought nothing and the next one. */
const pollPause = 10;

const wholeMessage = (data: string): ReceivedEvent => ({ event: 'message', data, id: '' });

/** A client for tests, over whatever transport the route speaks. */
export class TestConnection {
  /** The code with which the server has closed a WebSocket. */
  closeCode: number | undefined;
  readonly #listener: ConnectionListener;
  #request: ClientRequest | undefined;
  #webSocket: TestWebSocket | undefined;
  #isClosed = false;
  readonly #over: Promise<void>;

  /**
   * @param asksOnce true if a poll is not repeated.
   * @throws TypeError for a request or a transport that does not fit.
   */
  constructor(
    caller: string,
    request: ListenTarget,
    transport: TransportName | undefined,
    listener: ConnectionListener,
    asksOnce = false,
  ) {
    checkTarget(caller, request);
    if (transport !== undefined && !transportNames.includes(transport)) {
      throw new TypeError(`${caller} option transport: expected one of ${transportNames.join(', ')}, got ${transport}`);
    }
    this.#listener = listener;
    this.#over = this.#run(request, transport, asksOnce).then(
      () => listener.onEnd(),
      (error) => listener.onEnd(this.#isClosed ? undefined : error),
    );
  }

  /** @throws TypeError if this is no open WebSocket. */
  send(data: string | Uint8Array): void {
    if (this.#webSocket === undefined) throw new TypeError('send: expected an open WebSocket; await opened first');
    this.#webSocket.send(data);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#webSocket?.close();
    if (this.#webSocket === undefined) this.#request?.destroy();
    await this.#over;
  }

  async #run(request: ListenTarget, transport: TransportName | undefined, asksOnce: boolean): Promise<void> {
    const target = await openTarget(request);
    try {
      const { searchParams } = target.url;
      if (transport !== undefined && !searchParams.has('transport')) searchParams.set('transport', transport);
      if (searchParams.get('transport') === 'websocket') await this.#openWebSocket(target);
      else await this.#readResponses(target, transport === 'long-poll' && !searchParams.has('wait'), asksOnce);
    } finally {
      await target.release();
    }
  }

  /** @param hurries true to have the first poll answered at once, which tells where it begins. */
  async #readResponses(target: Target, hurries: boolean, asksOnce: boolean): Promise<void> {
    const { searchParams } = target.url;
    if (hurries) searchParams.set('wait', '0');
    for (let isFirst = true; !this.#isClosed; isFirst = false) {
      const response = await this.#ask(target);
      const reader = response.statusCode === 200 ? readerFor(response.headers['content-type'] ?? '') : undefined;
      if (reader) {
        this.#open(response);
        let known = 0;
        const text = await this.#readText(response, (soFar) => {
          const events = reader(soFar);
          this.#listener.onEvents(events.slice(known));
          known = events.length;
        });
        // A page that is no document of calls is one message.
        if (reader === readComet && known === 0 && !isComet(text)) this.#listener.onEvents([wholeMessage(text)]);
        return;
      }
      const text = await this.#readText(response);
      const body = response.statusCode === 200 ? pollBodyOf(text) : undefined;
      if (isFirst) this.#open(response);
      if (body) this.#listener.onEvents(eventsOfPoll(body));
      // An answer in a form of the app's own is one message.
      else if (response.statusCode === 200) this.#listener.onEvents([wholeMessage(text)]);
      if (!body || body.ended || asksOnce) return;
      if (hurries) searchParams.delete('wait');
      searchParams.set('cursor', body.cursor);
      if (body.messages.length === 0) await new Promise((resolve) => setTimeout(resolve, pollPause));
    }
  }

  #open({ statusCode = 0, headers }: IncomingMessage): void {
    this.#listener.onOpen({ status: statusCode, headers });
  }

  #ask({ method, url, headers, body }: Target): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const request = this.#prepare(url, method, { 'Accept-Encoding': 'gzip, deflate', ...headers });
      request.on('response', resolve);
      request.on('error', reject);
      request.end(body);
    });
  }

  #prepare(url: URL, method: string, headers: object | undefined): ClientRequest {
    const make = url.protocol === 'https:' ? requestHttps : requestHttp;
    const options = { method, headers: headers as Record<string, string>, agent: false, rejectUnauthorized: false };
    this.#request = make(url, options);
    if (this.#isClosed) this.#request.destroy();
    return this.#request;
  }

  /** Reads a body to its end. The end of the connection is one, too. */
  #readText(response: IncomingMessage, onText: (text: string) => void = () => {}): Promise<string> {
    const isCompressed = (response.headers['content-encoding'] ?? 'identity') !== 'identity';
    const flush = constants.Z_SYNC_FLUSH;
    const unzip = isCompressed ? response.pipe(createUnzip({ flush, finishFlush: flush })) : undefined;
    const body: Readable = unzip ?? response;
    body.setEncoding('utf8');
    let text = '';
    return new Promise((resolve, reject) => {
      body.on('data', (piece: string) => {
        text += piece;
        this.#listener.onText(piece);
        try {
          onText(text);
        } catch (error) {
          reject(error);
          response.destroy();
        }
      });
      const end = () => resolve(text);
      body.on('end', end);
      body.on('error', end);
      response.on('error', end);
      // A part that arrived before a cut is still packed.
      response.on('close', () => (unzip === undefined ? end() : response.complete || unzip.end()));
    });
  }

  async #openWebSocket({ url, headers }: Target): Promise<void> {
    const answered = await whenAnswered(this.#prepare(url, 'GET', handshakeHeaders(headers)));
    const { response, socket, head } = answered;
    if (socket === undefined || head === undefined) {
      const text = await this.#readText(response);
      this.#open(response);
      return text as never;
    }
    await new Promise<void>((resolve) => {
      const onClose = (code: number | undefined) => {
        this.closeCode = code;
        resolve();
      };
      const { onText, onEvents } = this.#listener;
      const listener = { onText: onText.bind(this.#listener), onEvents: onEvents.bind(this.#listener), onClose };
      this.#open(response);
      this.#webSocket = new TestWebSocket(response, socket, head, listener);
      if (this.#isClosed) this.#webSocket.close();
    });
  }
}

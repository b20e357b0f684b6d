import type { ServerResponse } from 'node:http';
import type { Http2ServerResponse, Http2Session } from 'node:http2';
import type { Place } from '../delivery/admission';
import type { AnswerSink, ContentEncoding, ForeignHead } from '../delivery/sink';
import { isLeaving } from '../hub/engine-for';
import { openHeadersOf } from '../node-internals/heads';
import type { ServedSocket } from '../node-internals/sockets';
import { destroyWhenAborted } from './aborted-stream';
import { textOf } from './answer-body';
import { closeAtEnd, closeConnection } from './connection-end';
import { detach, passOnClose, prepareToLetGo } from './detach';
import { makeDictionary } from './dictionary';
import { setAnswerHeaders, setStreamHeaders } from './headers';
import { letGoSoon } from './let-go-soon';
import { releaseRequest } from './release-request';
import { ResponseBody } from './response-body';

/**
 * Sends one HTTP response, a stream or an answer, over HTTP/1 or Node's HTTP/2 compatibility layer.
 */
export class ResponseSink extends ResponseBody implements AnswerSink {
  client: string | undefined;
  place: Place | undefined;
  /** The hub that serves the request. Once it is closed, answers close their connection. */
  hub: { readonly isClosed: boolean } | undefined;
  /** The stream behind a response over HTTP/2. */
  readonly #stream: Http2ServerResponse['stream'] | undefined;
  /** Allows detaching: once the stream has begun, the framework no longer uses the response. */
  readonly #detachWhenIdle: boolean | 'request';
  #awaitsClose = false;
  /** True once the response is closed, if this has waited for it. */
  #isClosed = false;

  constructor(response: ServerResponse, detachWhenIdle: boolean | 'request' = false) {
    super(response);
    this.#detachWhenIdle = detachWhenIdle;
    if (response.req.httpVersionMajor > 1) {
      this.#stream = this.response.stream;
      if (this.#stream) destroyWhenAborted(this.#stream);
    }
  }

  /**
   * A poll that is answered at once has nobody to tell, and to listen is a good part of its cost.
   */
  protected awaitClose(): void {
    if (this.#awaitsClose) return;
    this.#awaitsClose = true;
    this.response.on('close', () => this.onClose());
  }

  /** True if the client has left, or if the response has ended, before anything was served. */
  get gone(): boolean {
    if (this.#stream !== undefined) return this.#stream.destroyed || this.response.writableEnded;
    const { destroyed, finished } = this.response;
    return this.#isClosed || this.socket.destroyed || destroyed || finished;
  }

  answer(status: number, headers: Readonly<Record<string, string>>, body?: Uint8Array): void {
    const { response } = this;
    this.attempt(() => {
      this.prepareAnswer();
      response.statusCode = status;
      setAnswerHeaders(response, headers, body, openHeadersOf);
      if (body) response.end(textOf(body), 'latin1');
      else response.end();
    });
  }

  /** Called before a complete answer, whether this sink sends it or the framework. */
  prepareAnswer(): void {
    const isLast = this.hub?.isClosed || isLeaving((this.socket as ServedSocket | undefined)?.server);
    if (isLast) closeConnection(this.response, this.#stream);
  }

  /** The HTTP/2 session that carries this response. */
  get session(): Http2Session | undefined {
    return this.#stream?.session;
  }

  begin(contentType: string, fastPath = false, foreign?: ForeignHead, encoding?: ContentEncoding): void {
    const { response } = this;
    if (this.#detachWhenIdle === true && this.#stream === undefined) makeDictionary(response);
    this.attempt(() => {
      setStreamHeaders(response, contentType, foreign?.headers, encoding, openHeadersOf);
      // A stream ends when its client should come back, which may be to another process. And a
      // detached response cannot give its socket back to the server.
      if (this.#stream !== undefined) this.prepareAnswer();
      else if (foreign === undefined) closeAtEnd(response);
      // Middleware that wraps `writeHead` may read the status there.
      response.statusCode = 200;
      // Compression middleware decides in `writeHead` whether to handle the body.
      response.writeHead(200);
      this.beginBody(fastPath && this.#stream === undefined);
    });
  }

  /**
   * Replaces this sink by one on the socket alone in the next turn, if the app cannot notice. That
   * frees request and response, three quarters of an idle connection's memory. The time that this
   * takes is saved again when the connection closes, which then costs Node less than half.
   */
  detachSoon(): void {
    // Middleware that changes headers in `writeHead` may have decided to keep the connection.
    if (!this.#detachWhenIdle || !this.isDirect || this.response.shouldKeepAlive) return;
    letGoSoon(this);
  }

  get #canDetach(): boolean {
    return this.isIdle && !this.#isClosed;
  }

  prepareToLetGo(): boolean {
    return this.#canDetach && prepareToLetGo(this.response);
  }

  letGo(): void {
    if (!(this.#detachWhenIdle === 'request' ? this.#release() : this.#detach())) passOnClose(this.response);
  }

  #detach(): boolean {
    const sink = this.#canDetach && this.listener?.moveTo ? detach(this.response, this.client) : undefined;
    if (sink) this.listener?.moveTo?.(sink);
    return sink !== undefined;
  }

  #release(): boolean {
    return this.#canDetach && releaseRequest(this.response);
  }

  cut(): void {
    if (this.#stream === undefined) this.cutSocket();
    // An empty write is done when all bytes before it are sent.
    else this.#stream.write('', () => this.destroy());
  }

  /** Without an error, Node would end the stream of HTTP/2 as if its body were complete. */
  override destroy(): void {
    if (this.#stream === undefined) super.destroy();
    else this.#stream.destroy(new Error('The stream was cut off.'));
  }

  onClose(): void {
    this.#isClosed = true;
    this.listener?.onClose();
  }
}

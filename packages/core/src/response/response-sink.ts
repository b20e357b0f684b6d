import type { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Http2ServerResponse, Http2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { Place } from '../delivery/admission';
import type { AnswerSink, SinkListener } from '../delivery/sink';
import { isLeaving } from '../hub/hub';
import { onBodyEnd, type ServedSocket } from '../node-internals';
import { allowsDirectWrites, chunkOf } from './chunked-encoding';
import { closeWithServer } from './close-with-server';
import { closeAtEnd } from './connection-end';
import { detachSocket, prepareToDetach } from './detach';
import { linkToSink } from './detached-response';
import { DetachedSink } from './detached-sink';
import { setAnswerHeaders, setStreamHeaders } from './headers';

type Response = ServerResponse & {
  flush?: () => void;
  stream?: Http2ServerResponse['stream'];
};

/**
 * Sends the bytes of one HTTP response, over HTTP/1 or Node's HTTP/2 compatibility layer.
 *
 * Express replaces the prototypes of request and response. Before Node 24, V8 caches no property of
 * such objects, and each access costs a good part of a write. So this reads few properties, reads
 * them once, and reads none for a direct write.
 */
export class ResponseSink implements AnswerSink {
  listener: SinkListener | undefined;
  client: string | undefined;
  place: Place | undefined;
  /** The hub that serves the request. Once it is closed, answers close their connection. */
  hub: { readonly isClosed: boolean } | undefined;
  readonly #response: Response;
  readonly #socket: Socket;
  /** The stream behind a response over HTTP/2. */
  readonly #stream: Http2ServerResponse['stream'] | undefined;
  /** Allows detaching: once the stream has begun, the framework no longer uses the response. */
  readonly #detachWhenIdle: boolean;
  /** True once the response is closed, or if it had ended before. */
  #isClosed: boolean;
  /** True while the last `write` waits for a drain. */
  #needsDrain = false;
  /** True once this listens to the response's `drain`. */
  #listensToDrain = false;
  /** Flushes the app's compression after each write, if the app forces compression. */
  #flush: (() => void) | undefined;
  /** True while bytes are written to the socket directly. */
  #direct = false;
  /** True until the head is sent, which happens together with the first bytes. */
  #headPending = false;

  constructor(response: ServerResponse, detachWhenIdle = false) {
    const { req } = response;
    this.#response = response;
    this.#detachWhenIdle = detachWhenIdle;
    this.#socket = req.socket;
    this.#isClosed = response.destroyed || response.writableEnded;
    if (req.httpVersionMajor > 1) {
      this.#stream = this.#response.stream;
      if (this.#stream) destroyWhenAborted(this.#stream);
    }
    response.on('close', () => this.onClose());
  }

  /** True if the client has left, or if the response has ended, before anything was served. */
  get gone(): boolean {
    if (this.#stream !== undefined) return this.#stream.destroyed || this.#response.writableEnded;
    const { destroyed, finished } = this.#response;
    return this.#isClosed || this.#socket.destroyed || destroyed || finished;
  }

  answer(status: number, headers: Readonly<Record<string, string>>, body?: Uint8Array): void {
    const response = this.#response;
    this.#attempt(() => {
      this.prepareAnswer();
      response.statusCode = status;
      setAnswerHeaders(response, headers, body);
      response.end(body);
    });
  }

  /** Called before a complete answer, whether this sink sends it or the framework. */
  prepareAnswer(): void {
    if (this.hub?.isClosed || isLeaving((this.#socket as ServedSocket | undefined)?.server)) this.#closeConnection();
  }

  /**
   * Closes the connection at the end of this response, if its head is not sent yet. Over HTTP/2,
   * the session accepts no further streams, and closes when those that it has are over.
   */
  #closeConnection(): void {
    if (this.#stream !== undefined) this.#stream.session?.close();
    else closeAtEnd(this.#response);
  }

  /** The HTTP/2 session that carries this response. */
  get session(): Http2Session | undefined {
    return this.#stream?.session;
  }

  begin(contentType: string, fastPath = false): void {
    const response = this.#response;
    this.#attempt(() => {
      setStreamHeaders(response, contentType);
      // A stream ends when its client should come back, which may be to another process. And a
      // detached response cannot give its socket back to the server.
      if (this.#stream === undefined) closeAtEnd(response);
      else this.prepareAnswer();
      // Middleware that wraps `writeHead` may read the status there.
      response.statusCode = 200;
      // Compression middleware decides in `writeHead` whether to handle the body.
      response.writeHead(200);
      if (fastPath && this.#stream === undefined && allowsDirectWrites(response)) this.#writeDirectly();
      else if (Object.hasOwn(response, 'flush')) this.#flush = response.flush;
    });
  }

  #writeDirectly(): void {
    this.#direct = true;
    this.#headPending = true;
    // Nothing may follow the end of the body, even if the app has ended it.
    onBodyEnd(this.#response, () => {
      this.#direct = false;
    });
  }

  get pending(): number {
    if (!this.#needsDrain) return 0;
    // The response does not count the bytes that wait in a compression stream.
    if (this.#flush) return Number.POSITIVE_INFINITY;
    return (this.#direct ? this.#socket : this.#response).writableLength || 1;
  }

  write(bytes: Uint8Array): void {
    if (this.#direct) {
      if (this.#headPending) this.#writeWithHead(bytes);
      else if (!this.#socket.write(chunkOf(bytes))) this.#awaitDrain();
      return;
    }
    const response = this.#response;
    if (response.destroyed || response.writableEnded) return;
    this.#attempt(() => {
      // Middleware that wraps `write` may return nothing, and may never emit `drain`.
      if (response.write(bytes) === false) this.#awaitDrain();
      else this.#needsDrain = false;
      this.#flush?.call(response);
    });
  }

  /** Writes the head and the first bytes in one packet, by the response, which has the head. */
  #writeWithHead(bytes: Uint8Array): void {
    this.#headPending = false;
    this.#socket.cork();
    this.#attempt(() => {
      if (!this.#response.write(bytes)) this.#awaitDrain();
    });
    this.#socket.uncork();
  }

  #awaitDrain(): void {
    if (this.#needsDrain) return;
    this.#needsDrain = true;
    if (this.#direct) {
      // A response emits no drain for direct writes.
      this.#socket.once('drain', () => this.onDrain());
    } else if (!this.#listensToDrain) {
      this.#listensToDrain = true;
      // Compression middleware replaces `on`, and adds the listener to its own stream.
      this.#response.on('drain', () => this.onDrain());
    }
  }

  end(): void {
    this.#attempt(() => this.#response.end());
  }

  destroy(): void {
    this.#response.destroy();
  }

  /**
   * Replaces this sink by one on the socket alone in the next turn, if the app cannot notice. That
   * frees request and response, three quarters of an idle connection's memory. The time that this
   * takes is saved again when the connection closes, which then costs Node less than half.
   */
  detachSoon(): void {
    // Middleware that changes headers in `writeHead` may have decided to keep the connection.
    if (!this.#detachWhenIdle || !this.#direct || this.#response.shouldKeepAlive) return;
    // The end of the request is not visible while the request event is being emitted.
    process.nextTick(() => {
      if (this.#canDetach && prepareToDetach(this.#response)) setImmediate(() => this.#detach());
    });
  }

  get #canDetach(): boolean {
    return this.#direct && !this.#needsDrain && !this.#isClosed;
  }

  #detach(): void {
    const socket = this.#canDetach && this.listener?.moveTo ? detachSocket(this.#response) : undefined;
    if (socket === undefined) return;
    const sink = new DetachedSink(socket, this.client);
    linkToSink(this.#response, socket);
    closeWithServer(socket);
    this.listener?.moveTo?.(sink);
  }

  /** Destroys this response, and no other, if the app's middleware throws. */
  #attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#response.destroy(error as Error);
    }
  }

  onClose(): void {
    this.#isClosed = true;
    this.listener?.onClose();
  }

  onDrain(): void {
    this.#needsDrain = false;
    this.listener?.onDrain();
  }
}

type AbortableStream = EventEmitter & { destroy(): unknown };

/**
 * Destroys an HTTP/2 stream that the client resets while bytes are on their way. After a reset
 * without an error, Node would keep it open and wait for those bytes as long as the session lives.
 */
function destroyWhenAborted(stream: AbortableStream): void {
  stream.once('aborted', destroySelf);
}

function destroySelf(this: AbortableStream): void {
  this.destroy();
}

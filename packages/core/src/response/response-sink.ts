import type { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import type { Socket } from 'node:net';
import type { AnswerSink, SinkListener } from '../delivery/sink';
import { allowsDirectWrites, chunkOf } from './chunked-encoding';
import { closeWithServer } from './close-with-server';
import { detachSocket, prepareToDetach } from './detach';
import { linkToStream } from './detached-response';
import { DetachedSink } from './detached-sink';
import { setAnswerHeaders, setStreamHeaders } from './headers';

type Response = ServerResponse & {
  flush?: () => void;
  stream?: Http2ServerResponse['stream'];
};

/**
 * Bytes to the client of one HTTP response, over HTTP/1 or Node's HTTP/2 compatibility layer.
 *
 * Express swaps the prototypes of request and response, after which V8 finds nothing on them by a cache (before Node 24): each look
 * at one costs a good part of a write. So this looks at few things, once, and at nothing for each write.
 */
export class ResponseSink implements AnswerSink {
  listener: SinkListener | undefined;
  client: string | undefined;
  readonly #response: Response;
  readonly #socket: Socket;
  /** The stream behind a response over HTTP/2. */
  readonly #stream: Http2ServerResponse['stream'] | undefined;
  /** Whether nobody looks at the response any more once the stream goes on. */
  readonly #detachWhenIdle: boolean;
  /** Whether the response is closed, or was over before this. */
  #over: boolean;
  /** Whether the last `write` asked to wait for a drain. */
  #waiting = false;
  /** Whether the response tells of its drains. */
  #hearsDrain = false;
  /** What makes the app's own compression, if it insists on any, let each write out. */
  #flush: (() => void) | undefined;
  /** Whether bytes go past the response to its socket. */
  #direct = false;
  /** Whether the head is still to go out, together with the first bytes. */
  #headPending = false;

  constructor(response: ServerResponse, detachWhenIdle = false) {
    const { req } = response;
    this.#response = response;
    this.#detachWhenIdle = detachWhenIdle;
    this.#socket = req.socket;
    this.#over = response.destroyed || response.writableEnded;
    if (req.httpVersionMajor > 1) {
      this.#stream = this.#response.stream;
      if (this.#stream) destroyWhenAborted(this.#stream);
    } else if (response.socket === null && !this.#over) this.#watchSocketOfQueued();
    response.on('close', () => this.onClose());
  }

  /** Whether the client left before anything was served. */
  get gone(): boolean {
    if (this.#stream !== undefined) return this.#stream.destroyed || this.#response.writableEnded;
    const { destroyed, finished } = this.#response;
    return this.#over || this.#socket.destroyed || destroyed || finished;
  }

  answer(status: number, headers: Readonly<Record<string, string>>, body?: Uint8Array): void {
    const response = this.#response;
    this.#attempt(() => {
      response.statusCode = status;
      setAnswerHeaders(response, headers, body);
      response.end(body);
    });
  }

  begin(contentType: string, fastPath = false): void {
    const response = this.#response;
    this.#attempt(() => {
      setStreamHeaders(response, contentType);
      // Middleware that stands in front of `writeHead` may look there.
      response.statusCode = 200;
      // Compression middleware decides while the head is written whether to stand in between.
      response.writeHead(200);
      if (fastPath && this.#stream === undefined && allowsDirectWrites(response)) this.#writeDirectly();
      else if (Object.hasOwn(response, 'flush')) this.#flush = response.flush;
    });
  }

  #writeDirectly(): void {
    this.#direct = true;
    this.#headPending = true;
    // The body has ended, by whosoever's word: nothing may follow it.
    this.#response.on('prefinish', () => {
      this.#direct = false;
    });
  }

  get pending(): number {
    if (!this.#waiting) return 0;
    // Behind a compressing stream the response knows nothing of what waits in that stream.
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
      // Middleware that stands in front of `write` may forget to tell of a drain, or to answer at all.
      if (response.write(bytes) === false) this.#awaitDrain();
      else this.#waiting = false;
      this.#flush?.call(response);
    });
  }

  /** In one packet, and by the response, which alone knows how its head is written. */
  #writeWithHead(bytes: Uint8Array): void {
    this.#headPending = false;
    this.#socket.cork();
    this.#attempt(() => {
      if (!this.#response.write(bytes)) this.#awaitDrain();
    });
    this.#socket.uncork();
  }

  #awaitDrain(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    if (this.#direct) {
      // Of what goes past it, a response emits no drain.
      this.#socket.once('drain', () => this.onDrain());
    } else if (!this.#hearsDrain) {
      this.#hearsDrain = true;
      // Compression middleware replaces `on`, and calls the listener as its own stream's.
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
   * Gives request and response up for a sink on the socket alone, in the next turn and where nobody can notice: three quarters of what
   * an idle connection takes. It pays for itself when the connection ends, which then costs Node less than half as much.
   */
  detachSoon(): void {
    if (!this.#detachWhenIdle || !this.#direct) return;
    // While a request is handed over, its end is not seen yet.
    process.nextTick(() => {
      if (this.#mayDetach && prepareToDetach(this.#response)) setImmediate(() => this.#detach());
    });
  }

  get #mayDetach(): boolean {
    return this.#direct && !this.#waiting && !this.#over;
  }

  #detach(): void {
    const socket = this.#mayDetach && this.listener?.moveTo ? detachSocket(this.#response) : undefined;
    if (socket === undefined) return;
    const sink = new DetachedSink(socket, this.client);
    linkToStream(this.#response, socket);
    closeWithServer(socket);
    this.listener?.moveTo?.(sink);
  }

  /** What the app's own middleware throws in a write is the end of this response, and of nothing else. */
  #attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#response.destroy(error as Error);
    }
  }

  /** Node never closes a response that waits behind another one of its socket when that socket goes. */
  #watchSocketOfQueued(): void {
    const gone = () => this.onClose();
    this.#socket.once('close', gone);
    this.#response.once('close', () => this.#socket.off('close', gone));
  }

  onClose(): void {
    this.#over = true;
    this.listener?.onClose();
  }

  onDrain(): void {
    this.#waiting = false;
    this.listener?.onDrain();
  }
}

type AbortableStream = EventEmitter & { destroy(): unknown };

/**
 * Ends an HTTP/2 stream that the client has reset while bytes were on their way. Node leaves it
 * open when the reset carried no error, and waits for those bytes as long as the session lives.
 */
function destroyWhenAborted(stream: AbortableStream): void {
  stream.once('aborted', destroySelf);
}

function destroySelf(this: AbortableStream): void {
  this.destroy();
}

import type { ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import type { Socket } from 'node:net';
import { setAnswerHeaders, setStreamHeaders } from '../headers';
import type { AnswerSink, SinkListener } from '../sink';
import { ChunkSink } from './chunk-sink';
import { chunkOf, socketBehind } from './fast-path';
import { linkToStream } from './held-response';
import { endWhenAborted } from './http2-abort';
import { prepareToLetGo, takeSocketOf } from './let-go';
import { closeWithServer } from './taken-sockets';

const sinkOf = Symbol('pushwire.sink');
type Response = ServerResponse & {
  [sinkOf]?: ResponseSink;
  flush?: () => void;
  stream?: Http2ServerResponse['stream'];
};

type OwnSocket = Socket & { [sinkOf]?: ResponseSink };

/** Bytes to the client of one HTTP response, over HTTP/1 or Node's HTTP/2 compatibility layer. */
export class ResponseSink implements AnswerSink {
  listener: SinkListener | undefined;
  client: string | undefined;
  readonly #response: Response;
  /** Whether the last `write` asked to wait for a drain. */
  #waiting = false;
  /** What makes the app's own compression, if it insists on any, let each write out. */
  #flush: (() => void) | undefined;
  /** Whether to look for a way to the socket. */
  #seeksSocket = false;
  /** Where bytes may go past the response. */
  #socket: OwnSocket | undefined;

  constructor(response: ServerResponse) {
    this.#response = response;
    this.#watchSocketOfQueued();
    if (this.#response.stream) endWhenAborted(this.#response.stream);
    // One pair of functions for all responses: an idle connection holds no closures.
    this.#response[sinkOf] = this;
    response.on('close', onClose);
    // Compression middleware replaces `on`, and calls the listener as its own stream's.
    response.on('drain', Object.hasOwn(response, 'on') ? () => this.drained() : onDrain);
  }

  /** Whether the client left before anything was served. */
  get gone(): boolean {
    const { destroyed, writableEnded, req, stream } = this.#response;
    if (stream !== undefined) return stream.destroyed || writableEnded;
    return destroyed || writableEnded || req.socket.destroyed;
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
    this.#seeksSocket = fastPath;
    if (Object.hasOwn(response, 'flush')) this.#flush = response.flush;
    this.#attempt(() => {
      setStreamHeaders(response, contentType);
      response.statusCode = 200;
      // Compression middleware decides while the head is written whether to stand in between.
      response.writeHead(200);
    });
  }

  get pending(): number {
    if (!this.#waiting) return 0;
    // Behind a compressing stream the response knows nothing of what waits in that stream.
    if (this.#flush) return Number.POSITIVE_INFINITY;
    return (this.#socket ?? this.#response).writableLength || 1;
  }

  write(bytes: Uint8Array): void {
    const response = this.#response;
    const socket = this.#socket;
    // Own properties of the response, since others are slow to reach where a framework has swapped its prototype.
    if (socket !== undefined && response.socket === socket && !response.finished) {
      if (socket.write(chunkOf(bytes)) || this.#waiting) return;
      this.#waiting = true;
      // Of what goes past it, the response emits no drain.
      socket[sinkOf] = this;
      socket.once('drain', onDrain);
      return;
    }
    if (response.destroyed || response.writableEnded) return;
    this.#attempt(() => {
      this.#waiting = !response.write(bytes);
      this.#flush?.call(response);
    });
    if (this.#seeksSocket) this.#socket = socketBehind(response);
  }

  end(): void {
    this.#attempt(() => this.#response.end());
  }

  destroy(): void {
    this.#response.destroy();
  }

  /** Whether {@link letGo} is worth a try in the next turn. */
  mayLetGo(): boolean {
    return !this.#waiting && prepareToLetGo(this.#response);
  }

  /** Gives request and response up for a sink on the socket alone, where nobody can notice. Only for one that has begun. */
  letGo(): ChunkSink | undefined {
    const socket = this.#waiting || !this.#socket ? undefined : takeSocketOf(this.#response, this.#socket);
    if (socket === undefined) return undefined;
    const sink = new ChunkSink(socket, this.client);
    linkToStream(this.#response, sink, socket);
    closeWithServer(socket);
    return sink;
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
    const { socket, req, stream } = this.#response;
    if (stream !== undefined || socket !== null) return;
    const gone = () => this.closed();
    req.socket.once('close', gone);
    this.#response.once('close', () => req.socket.off('close', gone));
  }

  closed(): void {
    this.listener?.closed();
  }

  drained(): void {
    this.#waiting = false;
    this.listener?.drained();
  }
}

function onClose(this: Response): void {
  this[sinkOf]?.closed();
}

function onDrain(this: Response | OwnSocket): void {
  this[sinkOf]?.drained();
}

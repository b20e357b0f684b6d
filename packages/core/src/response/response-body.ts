import type { ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { SinkListener } from '../delivery/sink';
import { sendWithHead } from '../node-internals/heads';
import { onBodyEnd } from '../node-internals/response-ends';
import { usesChunkedEncoding } from '../node-internals/responses';
import { allowsDirectWrites, chunkOf, textChunkOf } from './chunked-encoding';

type Response = ServerResponse & {
  flush?: () => void;
  stream?: Http2ServerResponse['stream'];
};

/**
 * Writes the body of one HTTP response: by the response, or to its socket directly.
 *
 * Express replaces the prototypes of request and response. Before Node 24, V8 caches no property of
 * such objects, and each access costs a good part of a write. So this reads few properties, reads
 * them once, and reads none for a direct write.
 */
export abstract class ResponseBody {
  #listener: SinkListener | undefined;
  readonly response: Response;
  protected readonly socket: Socket;
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

  constructor(response: ServerResponse) {
    this.response = response;
    this.socket = response.req.socket;
  }

  get listener(): SinkListener | undefined {
    return this.#listener;
  }

  set listener(listener: SinkListener | undefined) {
    this.#listener = listener;
    if (listener) this.awaitClose();
  }

  /** Calls the listener when the response is closed. */
  protected abstract awaitClose(): void;

  /** Chooses how the body is written. The head is made by then. */
  protected beginBody(fastPath: boolean): void {
    const { response } = this;
    if (fastPath && allowsDirectWrites(response)) this.#writeDirectly();
    else if (Object.hasOwn(response, 'flush')) this.#flush = response.flush;
  }

  #writeDirectly(): void {
    this.#direct = true;
    this.#headPending = true;
    // Nothing may follow the end of the body, even if the app has ended it.
    onBodyEnd(this.response, () => {
      this.#direct = false;
    });
  }

  /** True while bytes are written to the socket directly. */
  protected get isDirect(): boolean {
    return this.#direct;
  }

  /** True while bytes are written to the socket directly, and none of them wait. */
  protected get isIdle(): boolean {
    return this.#direct && !this.#needsDrain;
  }

  get pending(): number {
    if (!this.#needsDrain) return 0;
    // The response does not count the bytes that wait in a compression stream.
    if (this.#flush) return Number.POSITIVE_INFINITY;
    return (this.#direct ? this.socket : this.response).writableLength || 1;
  }

  write(bytes: Uint8Array): void {
    if (this.#direct) {
      if (this.#headPending) this.#writeWithHead(bytes);
      else if (!this.socket.write(chunkOf(bytes))) this.#awaitDrain();
      return;
    }
    const { response } = this;
    if (response.destroyed || response.writableEnded) return;
    this.attempt(() => {
      // Middleware that wraps `write` may return nothing, and may never emit `drain`.
      if (response.write(bytes) === false) this.#awaitDrain();
      else this.#needsDrain = false;
      this.#flush?.call(response);
    });
  }

  writeText(text: string): void {
    if (!this.#direct) this.write(Buffer.from(text, 'latin1'));
    else if (this.#headPending) this.#writeTextWithHead(text);
    else if (!this.socket.write(textChunkOf(text), 'latin1')) this.#awaitDrain();
  }

  flushHead(): void {
    this.#headPending = false;
    this.attempt(() => this.response.flushHeaders());
  }

  /** Writes the head and the first bytes in one packet, by the response, which has the head. */
  #writeWithHead(bytes: Uint8Array): void {
    this.#headPending = false;
    this.socket.cork();
    this.attempt(() => {
      if (!this.response.write(bytes)) this.#awaitDrain();
    });
    this.socket.uncork();
  }

  /** Writes the head and the first text as one string, which is cheaper still. */
  #writeTextWithHead(text: string): void {
    this.attempt(() => {
      const isTaken = sendWithHead(this.response, textChunkOf(text));
      if (isTaken === undefined) return this.#writeWithHead(Buffer.from(text, 'latin1'));
      this.#headPending = false;
      if (!isTaken) this.#awaitDrain();
    });
  }

  #awaitDrain(): void {
    if (this.#needsDrain) return;
    this.#needsDrain = true;
    if (this.#direct) {
      // A response emits no drain for direct writes.
      this.socket.once('drain', () => this.onDrain());
    } else if (!this.#listensToDrain) {
      this.#listensToDrain = true;
      // Compression middleware replaces `on`, and adds the listener to its own stream.
      this.response.on('drain', () => this.onDrain());
    }
  }

  onDrain(): void {
    this.#needsDrain = false;
    this.listener?.onDrain();
  }

  end(): void {
    this.attempt(() => this.response.end());
  }

  /** Closes the connection when all bytes are sent, without the end of the body. */
  protected cutSocket(): void {
    // The response joins what is written in one turn, and passes it on after that.
    process.nextTick(() => this.socket.write('', () => this.destroy()));
  }

  /**
   * Over HTTP/1.0, the end of the connection is the only end of a body, so it needs a reset. Only
   * plain sockets have that. A client of TLS misses the end of its session instead.
   */
  destroy(): void {
    const { socket, response } = this;
    const isEndless = response.headersSent && !usesChunkedEncoding(response);
    if (isEndless && !(socket instanceof TLSSocket)) socket.resetAndDestroy();
    else response.destroy();
  }

  /** Destroys this response, and no other, if the app's middleware throws. */
  protected attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.response.destroy(error as Error);
    }
  }
}

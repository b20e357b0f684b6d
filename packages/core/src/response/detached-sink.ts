import type { Socket } from 'node:net';
import type { Sink, SinkListener } from '../delivery/sink';
import { chunkOf } from './chunked-encoding';
import { streamOf } from './detached-response';

type OwnSocket = Socket & { [streamOf]?: DetachedSink };

/** What ends a body of chunks (RFC 9112, 7.1). */
const lastChunk = Buffer.from('0\r\n\r\n');

/** Bytes to the client of an HTTP/1.1 response that has begun and has been let go: chunks on a socket. */
export class DetachedSink implements Sink {
  listener: SinkListener | undefined;
  readonly #socket: OwnSocket;
  #waiting = false;
  #over = false;

  constructor(
    socket: Socket,
    readonly client: string | undefined,
  ) {
    this.#socket = socket;
    // One set of functions for all sockets: an idle connection holds no closures.
    this.#socket[streamOf] = this;
    socket.on('drain', onDrain);
    socket.on('end', onEnd);
    socket.on('close', onClose);
  }

  get gone(): boolean {
    return this.#over || this.#socket.destroyed;
  }

  get pending(): number {
    return this.#waiting ? this.#socket.writableLength || 1 : 0;
  }

  /** The head was the response's. */
  begin(): void {}

  write(bytes: Uint8Array): void {
    // Asking the socket is a good part of a write's cost, and of one that is destroyed its `close` is on the way.
    if (!this.#over) this.#waiting = !this.#socket.write(chunkOf(bytes));
  }

  /** Of the next request on this connection nobody would hear, so that it ends with the stream. */
  end(): void {
    if (this.gone) return;
    this.#over = true;
    this.#socket.write(lastChunk);
    this.#socket.destroySoon();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  onDrain(): void {
    this.#waiting = false;
    this.listener?.onDrain();
  }

  onClose(): void {
    this.#over = true;
    this.listener?.onClose();
  }
}

function onDrain(this: OwnSocket): void {
  this[streamOf]?.onDrain();
}

/** A client that sends no more has left, as Node's server sees it, too. */
function onEnd(this: OwnSocket): void {
  this.destroySoon();
}

function onClose(this: OwnSocket): void {
  this[streamOf]?.onClose();
}

import type { Socket } from 'node:net';
import type { Sink, SinkListener } from '../delivery/sink';
import { chunkOf, textChunkOf } from './chunked-encoding';
import { sinkOf } from './detached-response';

type OwnSocket = Socket & { [sinkOf]?: DetachedSink };

/** The end of a chunked body (RFC 9112, 7.1). */
const lastChunk = Buffer.from('0\r\n\r\n');

/** Bytes that a client may send after its request. Nobody reads them. */
export const maxIgnoredBytes = 64 * 1024;

/** Sends the rest of a detached HTTP/1.1 response, as chunks on its socket. */
export class DetachedSink implements Sink {
  listener: SinkListener | undefined;
  readonly #socket: OwnSocket;
  /** True while the last `write` waits for a drain. */
  #needsDrain = false;
  #hasEnded = false;
  /** The bytes that the socket had received when the response was detached. */
  readonly #bytesRead: number;

  /** @param socket has {@link sinkListeners}. */
  constructor(
    socket: Socket,
    readonly client: string | undefined,
  ) {
    this.#socket = socket;
    this.#socket[sinkOf] = this;
    this.#bytesRead = socket.bytesRead;
  }

  /** True once the body has ended from this side. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get gone(): boolean {
    return this.#hasEnded || this.#socket.destroyed;
  }

  get pending(): number {
    return this.#needsDrain ? this.#socket.writableLength || 1 : 0;
  }

  /** Does nothing, since the response has sent the head. */
  begin(): void {}

  write(bytes: Uint8Array): void {
    // `socket.destroyed` is not checked. That costs a good part of a write, and `close` follows.
    if (!this.#hasEnded) this.#needsDrain = !this.#socket.write(chunkOf(bytes));
  }

  writeText(text: string): void {
    if (!this.#hasEnded) this.#needsDrain = !this.#socket.write(textChunkOf(text), 'latin1');
  }

  /** Ends the body and closes the socket, since no server would read a next request from it. */
  end(): void {
    if (this.gone) return;
    this.#hasEnded = true;
    this.#socket.write(lastChunk);
    this.#socket.destroySoon();
  }

  /** Closes the socket without the end of the body. */
  cut(): void {
    if (this.gone) return;
    this.#hasEnded = true;
    this.#socket.destroySoon();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  onDrain(): void {
    this.#needsDrain = false;
    this.listener?.onDrain();
  }

  /** The head has said that no further request is read, so a client that sends on is cut off. */
  onData(): void {
    if (this.#socket.bytesRead - this.#bytesRead <= maxIgnoredBytes) return;
    this.listener?.onClose('refused');
    this.#socket.destroy();
  }

  onClose(): void {
    this.listener?.onClose();
  }
}

/**
 * The listeners of a detached socket. All sockets share them, so an idle connection holds no
 * closures.
 */
export const sinkListeners = {
  data(this: OwnSocket): void {
    this[sinkOf]?.onData();
  },
  drain(this: OwnSocket): void {
    this[sinkOf]?.onDrain();
  },
  /** A client that half-closes its connection has left, as for Node's own server. */
  end(this: OwnSocket): void {
    this.destroySoon();
  },
  error(): void {},
  close(this: OwnSocket): void {
    this[sinkOf]?.onClose();
  },
};

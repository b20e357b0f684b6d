import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Duplex, Writable } from 'node:stream';
import { assignSocket, createResponse, unassignSocket } from '../node-internals';
import { EarlyBytes } from './early-bytes';
import { handshakeHeaders } from './handshake-headers';
import { limitHandshake } from './handshake-timeout';
import { ignoreErrors, stopIgnoringErrors } from './socket-response';
import type { Handshake, Upgrade } from './upgrade';

/**
 * A request for a WebSocket over HTTP/1.1. It has a real response on the real socket. Once it is
 * accepted, the response is written to a holding place instead. Middleware that waits for the end
 * of a response (sessions, loggers) works as always. The handshake is written only after that.
 */
export class Http1Upgrade implements Upgrade {
  readonly response: ServerResponse;
  readonly #socket: Duplex;
  readonly #early: EarlyBytes;
  readonly #appEnds: boolean;
  readonly #stopTimeout: () => void;

  /** @param timeout milliseconds in which the app must answer. */
  constructor(
    readonly incoming: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    appEnds: boolean,
    timeout: number,
  ) {
    this.#socket = socket;
    this.#appEnds = appEnds;
    ignoreErrors(socket);
    this.#early = new EarlyBytes(socket, head);
    const response = createResponse(incoming, socket);
    this.response = response;
    // Node does the same for the responses that it creates.
    socket.on('drain', this.#onDrain);
    this.#stopTimeout = limitHandshake(response, socket, timeout);
    response.once('finish', () => {
      this.#stopTimeout();
      this.#onFinish();
    });
  }

  accept(handshake: Handshake, failed: () => void, atOnce = false): void {
    const { response } = this;
    const socket = this.#socket;
    if (response.headersSent || response.writableEnded) {
      failed();
      return;
    }
    const place = new HoldingPlace(response, socket);
    const onClose = () => place.destroy();
    unassignSocket(response, socket);
    response.statusCode = acceptedStatus;
    assignSocket(response, place);
    let isOpen = false;
    place.once('close', () => {
      socket.off('close', onClose);
      unassignSocket(response, place);
      place.release();
      if (isOpen) return;
      destroySoon(socket);
      failed();
    });
    socket.once('close', onClose);
    const complete = () => {
      isOpen = response.statusCode === acceptedStatus && !response.destroyed && !socket.destroyed;
      // A stream that is destroyed in the callback of a write makes an error for nobody.
      process.nextTick(() => place.destroy());
      if (!isOpen) return;
      socket.off('drain', this.#onDrain);
      handshake(this.incoming, socket, this.#early.take(), handshakeHeaders(response));
      // The WebSocket has a listener of its own. A socket without one would end the process.
      if (socket.listenerCount('error') > 1) stopIgnoringErrors(socket);
    };
    // V8 puts a function that is made in an assignment to a property where old objects are, and so
    // keeps all that it refers to until the next full collection: request, response and app data.
    this.#onFinish = complete;
    if (socket.destroyed) onClose();
    if (atOnce || !this.#appEnds) response.end();
  }

  /** Closes the socket after the app's own answer, unless the upgrade was accepted. */
  #onFinish = (): void => {
    unassignSocket(this.response, this.#socket);
    this.#early.drop();
    destroySoon(this.#socket);
    // Node emits it after its own responses. A route that is still pending learns of the answer.
    process.nextTick(() => this.response.emit('close'));
  };

  readonly #onDrain = (): void => {
    if (this.response.writableNeedDrain) this.response.emit('drain');
  };
}

const acceptedStatus = 101;

/**
 * Stands in for the socket of an accepted response. It drops the bytes, unless the app has changed
 * the status: then the response is the answer after all.
 */
class HoldingPlace extends Writable {
  #response: ServerResponse | undefined;

  constructor(
    response: ServerResponse,
    readonly socket: Duplex,
  ) {
    super({ decodeStrings: false });
    this.#response = response;
    this.on('drain', () => {
      if (this.#response?.writableNeedDrain) this.#response.emit('drain');
    });
  }

  /**
   * Lets go of the response. V8 may put parts of streams where old objects are, since those of
   * sockets live long, and would keep the request until the next full collection.
   */
  release(): void {
    this.#response = undefined;
    this.removeAllListeners();
  }

  override _write(chunk: string | Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#response?.statusCode === acceptedStatus || this.socket.destroyed) done();
    else this.socket.write(chunk, encoding, () => done());
  }

  // Frameworks and loggers use these members of a response's socket.
  setTimeout(): this {
    return this;
  }

  get remoteAddress(): string | undefined {
    return (this.socket as Socket).remoteAddress;
  }
}

/** Closes the socket after its pending bytes are sent. */
function destroySoon(socket: Duplex): void {
  if ('destroySoon' in socket) (socket as Socket).destroySoon();
  else socket.end(() => socket.destroy());
}

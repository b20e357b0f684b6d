import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Duplex, Writable } from 'node:stream';
import { EarlyBytes } from './early-bytes';
import { handshakeHeaders } from './handshake-headers';
import { limitHandshake } from './handshake-timeout';
import { ignoreErrors } from './socket-response';
import type { Handshake, Upgrade } from './upgrade';

/**
 * A request for a WebSocket over HTTP/1.1. Its response is a real one, on the real socket. Once it is accepted the response
 * goes to a place of its own instead, so that everything that hooks into responses (sessions that save at the end, loggers)
 * works as ever, and only then the handshake's bytes are written.
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
    const response = new ServerResponse(incoming);
    this.response = response;
    response.shouldKeepAlive = false;
    response.assignSocket(socket as Socket);
    // Node does this for the responses of its own requests.
    socket.on('drain', this.#drained);
    this.#stopTimeout = limitHandshake(response, socket, timeout);
    response.once('finish', () => {
      this.#stopTimeout();
      this.#finished();
    });
  }

  accept(handshake: Handshake, failed: () => void): void {
    const { response } = this;
    const socket = this.#socket;
    if (response.headersSent || response.writableEnded) {
      failed();
      return;
    }
    const place = new HoldingPlace(response, socket);
    const leave = () => place.destroy();
    response.detachSocket(socket as Socket);
    response.statusCode = acceptedStatus;
    response.assignSocket(place as unknown as Socket);
    let isOpen = false;
    place.once('close', () => {
      socket.off('close', leave);
      if (isOpen) return;
      destroySoon(socket);
      failed();
    });
    socket.once('close', leave);
    this.#finished = () => {
      isOpen = response.statusCode === acceptedStatus && !response.destroyed && !socket.destroyed;
      place.destroy();
      if (!isOpen) return;
      socket.off('drain', this.#drained);
      handshake(this.incoming, socket, this.#early.take(), handshakeHeaders(response));
    };
    if (socket.destroyed) leave();
    if (!this.#appEnds) response.end();
  }

  /** The app has answered itself. */
  #finished = (): void => {
    this.response.detachSocket(this.#socket as Socket);
    this.#early.drop();
    destroySoon(this.#socket);
  };

  readonly #drained = (): void => {
    if (this.response.writableNeedDrain) this.response.emit('drain');
  };
}

const acceptedStatus = 101;

/** Where an accepted response goes: its head and body are nobody's, unless the app has made another answer of it. */
class HoldingPlace extends Writable {
  constructor(
    readonly response: ServerResponse,
    readonly socket: Duplex,
  ) {
    super({ decodeStrings: false });
    this.on('drain', () => {
      if (response.writableNeedDrain) response.emit('drain');
    });
  }

  override _write(chunk: string | Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.response.statusCode === acceptedStatus || this.socket.destroyed) done();
    else this.socket.write(chunk, encoding, () => done());
  }

  // What frameworks and loggers look at on a response's socket.
  setTimeout(): this {
    return this;
  }

  get remoteAddress(): string | undefined {
    return (this.socket as Socket).remoteAddress;
  }
}

/** Sends what is written, and closes. */
function destroySoon(socket: Duplex): void {
  if ('destroySoon' in socket) (socket as Socket).destroySoon();
  else socket.end(() => socket.destroy());
}

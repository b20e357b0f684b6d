import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Duplex, Writable } from 'node:stream';
import { type GiveUp, giveUpOn } from './give-up';
import type { Handshake, Upgrade } from './upgrade';

/** What a framework sets for a body, or Node for the connection; a 101 has its own. */
const notForHandshake = /^(connection|content-.*|date|keep-alive|sec-websocket-.*|transfer-encoding|upgrade)$/;

/** Headers as lines, but those of a body or of the connection. */
export function handshakeHeaders(response: { getHeaders(): NodeJS.Dict<number | string | string[]> }): string[] {
  return Object.entries(response.getHeaders()).flatMap(([name, value]) => {
    if (notForHandshake.test(name)) return [];
    return [value].flat().map((each) => `${name}: ${each}`);
  });
}

/**
 * A request for a WebSocket over HTTP/1.1. Its response is a real one, on the real socket. Once it is accepted the response
 * goes to a place of its own instead, so that everything that hooks into responses (sessions that save at the end, loggers)
 * works as ever, and only then the handshake's bytes are written.
 */
export class Http1Upgrade implements Upgrade {
  readonly response: ServerResponse;
  readonly #socket: Duplex;
  readonly #head: Buffer;
  readonly #appEnds: boolean;
  #giveUp: GiveUp | undefined;

  constructor(
    readonly incoming: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    appEnds: boolean,
  ) {
    this.#socket = socket;
    this.#head = head;
    this.#appEnds = appEnds;
    // Before anything else: a client that resets the connection now would end the process.
    socket.on('error', leaves);
    const response = new ServerResponse(incoming);
    this.response = response;
    response.shouldKeepAlive = false;
    response.assignSocket(socket as Socket);
    response.once('finish', () => {
      this.#giveUp?.();
      this.#finished();
    });
  }

  giveUpAfter(ms: number): void {
    this.#giveUp = giveUpOn(this.response, this.#socket, ms);
  }

  accept(handshake: Handshake): void {
    const { response } = this;
    const socket = this.#socket;
    response.detachSocket(socket as Socket);
    const place = new HoldingPlace(response, socket);
    const leave = () => place.destroy();
    socket.once('close', leave);
    if (socket.destroyed) leave();
    response.statusCode = acceptedStatus;
    response.assignSocket(place as unknown as Socket);
    this.#finished = () => {
      socket.off('close', leave);
      place.destroy();
      if (response.statusCode !== acceptedStatus) destroySoon(socket);
      else if (!socket.destroyed) handshake(this.incoming, socket, this.#head, handshakeHeaders(response));
    };
    if (!this.#appEnds) response.end();
  }

  /** The app has answered itself. */
  #finished = (): void => {
    this.response.detachSocket(this.#socket as Socket);
    destroySoon(this.#socket);
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

/** A client that leaves is no error; the response and the WebSocket hear of it by the socket's close. */
function leaves(): void {}

/** Sends what is written, and closes. */
function destroySoon(socket: Duplex): void {
  if ('destroySoon' in socket) (socket as Socket).destroySoon();
  else socket.end(() => socket.destroy());
}

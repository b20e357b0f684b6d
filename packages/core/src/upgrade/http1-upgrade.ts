import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { assignSocket, createResponse, currentResponseOf, unassignSocket } from '../node-internals/responses';
import { EarlyBytes } from './early-bytes';
import { handshakeHeaders } from './handshake-headers';
import { limitHandshake } from './handshake-timeout';
import { acceptedStatus, HoldingPlace } from './holding-place';
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
  readonly #head: Buffer;
  readonly #appEnds: boolean;
  #handshake: Handshake | undefined;
  #place: HoldingPlace | undefined;
  /** True once the WebSocket has the socket. */
  #isOpen = false;
  #isFinished = false;
  #waiting: Waiting | undefined;

  constructor(
    readonly incoming: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    appEnds: boolean,
  ) {
    this.#socket = socket;
    this.#head = head;
    this.#appEnds = appEnds;
    ignoreErrors(socket);
    const response = createResponse(incoming, socket);
    this.response = response;
    response.on('finish', () => this.finished());
  }

  /**
   * Listens to the socket while the app takes its time. Most apps accept a handshake and end its
   * response before the event loop goes on, and need none of this.
   *
   * @param timeout milliseconds in which the app must answer.
   */
  waitForApp(timeout: number): void {
    const { response } = this;
    if (this.#handshake === undefined) this.startWaiting(timeout);
    else if (!response.writableEnded || response.statusCode !== acceptedStatus)
      setImmediate(startWaiting, this, timeout);
  }

  startWaiting(timeout: number): void {
    if (this.#isFinished) return;
    const onClose = () => this.socketClosed();
    this.#waiting = {
      early: new EarlyBytes(this.#socket, this.#head),
      timer: limitHandshake(this.response, this.#socket, timeout),
      onClose,
    };
    // Node does the same for the responses that it creates.
    this.#socket.on('drain', passOnDrain).once('close', onClose);
    // It may have closed before the event loop went on.
    if (this.#socket.destroyed) this.socketClosed();
  }

  accept(handshake: Handshake, atOnce = false): void {
    const { response } = this;
    const socket = this.#socket;
    if (response.headersSent || response.writableEnded) {
      handshake.fail();
      return;
    }
    // It throws if the request was accepted before, which keeps its handshake.
    unassignSocket(response, socket);
    this.#handshake = handshake;
    const place = new HoldingPlace(response, socket, this);
    this.#place = place;
    response.statusCode = acceptedStatus;
    assignSocket(response, place);
    if (socket.destroyed) place.destroy();
    if (atOnce || !this.#appEnds) response.end();
  }

  /** The response is closed, and so is its stand-in for a socket. */
  placeClosed(): void {
    unassignSocket(this.response, this.#place as HoldingPlace);
    const handshake = this.#handshake;
    this.#handshake = undefined;
    if (this.#isOpen) return;
    destroySoon(this.#socket);
    handshake?.fail();
  }

  private finished(): void {
    this.#isFinished = true;
    if (this.#waiting) clearTimeout(this.#waiting.timer);
    if (this.#place) this.complete(this.#place);
    else this.closeAfterAnswer();
  }

  private complete(place: HoldingPlace): void {
    const { response } = this;
    const socket = this.#socket;
    this.#isOpen = response.statusCode === acceptedStatus && !response.destroyed && !socket.destroyed;
    place.destroy();
    if (!this.#isOpen) return;
    const head = this.stopWaiting();
    // The WebSocket has a listener of its own. A socket without one would end the process.
    stopIgnoringErrors(socket);
    this.#handshake?.complete(this.incoming, socket, head, handshakeHeaders(response));
    if (socket.listenerCount('error') === 0) ignoreErrors(socket);
  }

  /** Closes the socket after the app's own answer. */
  private closeAfterAnswer(): void {
    unassignSocket(this.response, this.#socket);
    this.#waiting?.early.drop();
    destroySoon(this.#socket);
    // Node emits it after its own responses. A route that is still pending learns of the answer.
    process.nextTick(() => this.response.emit('close'));
  }

  private socketClosed(): void {
    clearTimeout(this.#waiting?.timer);
    this.#place?.destroy();
  }

  /** Returns the bytes that came in the meantime. */
  private stopWaiting(): Buffer {
    const waiting = this.#waiting;
    if (waiting === undefined) return this.#head;
    this.#waiting = undefined;
    this.#socket.off('drain', passOnDrain).off('close', waiting.onClose);
    return waiting.early.take();
  }
}

function startWaiting(upgrade: Http1Upgrade, timeout: number): void {
  upgrade.startWaiting(timeout);
}

/** The parts that listen to the socket while the app takes its time. */
interface Waiting {
  readonly early: EarlyBytes;
  readonly timer: NodeJS.Timeout;
  readonly onClose: () => void;
}

function passOnDrain(this: Duplex): void {
  const response = currentResponseOf(this);
  if (response?.writableNeedDrain) response.emit('drain');
}

/** Closes the socket after its pending bytes are sent. */
function destroySoon(socket: Duplex): void {
  if ('destroySoon' in socket) (socket as Socket).destroySoon();
  else socket.end(() => socket.destroy());
}

import type { Duplex } from 'node:stream';
import { type CloseReason, type CloseReasonInfo, closeReasons } from '../delivery/close-reason';
import type { Sink, SinkListener } from '../delivery/sink';
import { openState, type WebSocketLike } from '../http/ws-library';
import type { Outcome } from '../log/outcome';
import type { Timed, TimerWheel } from '../time/timer-wheel';
import { closeTextOf } from './close-text';
import { SeldomParts } from './seldom-parts';

/** The timing of the pings that detect dead peers. */
export interface Pulse {
  /** Milliseconds between two pings. */
  readonly ping: number;
  /** Milliseconds that a peer has to answer a ping. */
  readonly pongTimeout: number;
}

const normalClosure = 1000;

/** The close code for data that the endpoint cannot accept (RFC 6455, 7.4.1). */
const unsupportedData = 1003;

/**
 * The first ping goes out up to this share of the interval earlier, at random, so that the pings of
 * all connections are spread.
 */
const spread = 0.2;

const sinkOf = Symbol('pushwire.sink');
type OwnSocket = WebSocketLike & { [sinkOf]?: WebSocketSink };
type OwnDuplex = Duplex & { [sinkOf]?: WebSocketSink };

/**
 * Sends bytes to one WebSocket. Encoded frames are written to its socket directly, past the
 * library. Pings detect a peer that is dead.
 */
export class WebSocketSink extends SeldomParts implements Sink, Timed {
  slot: Timed['slot'];
  earlier: Timed | undefined;
  later: Timed | undefined;
  listener: SinkListener | undefined;
  readonly #webSocket: OwnSocket;
  readonly #socket: OwnDuplex;
  readonly #timers: TimerWheel;
  readonly #pulse: Pulse;
  /** True while the last `write` waits for a drain. */
  #isFull = false;
  #expectsPong = false;

  constructor(webSocket: WebSocketLike, socket: Duplex, timers: TimerWheel, pulse: Pulse) {
    super();
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#timers = timers;
    this.#pulse = pulse;
    // All sockets share these listeners, so that an idle connection holds no closures.
    this.#webSocket[sinkOf] = this;
    webSocket.on('close', onClose);
    webSocket.on('error', onError);
    webSocket.on('pong', onPong);
    timers.add(this, pulse.ping * (1 - Math.random() * spread));
  }

  get gone(): boolean {
    return this.#webSocket.readyState !== openState;
  }

  get pending(): number {
    return this.#isFull ? this.#socket.writableLength || 1 : 0;
  }

  /** The handshake has sent the head. */
  begin(): void {}

  write(bytes: Uint8Array): void {
    if (this.gone) return;
    this.#isFull = !this.#socket.write(bytes);
    if (this.#isFull) this.listenForDrain();
  }

  /** A socket that has never been full has neither the listener nor a reference to this sink. */
  private listenForDrain(): void {
    if (this.#socket[sinkOf]) return;
    this.#socket[sinkOf] = this;
    this.#socket.on('drain', onDrain);
  }

  end(reason: CloseReason, outcome?: Outcome): void {
    const { closeCode = normalClosure }: CloseReasonInfo = closeReasons[reason];
    this.close(reason, closeCode, closeTextOf(reason, outcome));
  }

  /** Closes with the app's own code and text. */
  close(reason: CloseReason, code: number, text: string): void {
    this.reason ??= reason;
    this.#webSocket.close(code, text);
    // The client's close frame must be read, even while a handler has paused the socket.
    this.#webSocket.resume();
  }

  destroy(): void {
    this.#webSocket.terminate();
  }

  /** Closes when the client sends a message, since it waits for an answer that nobody gives. */
  refuseMessages(): void {
    this.#webSocket.on('message', onUnwantedMessage);
  }

  tick(): number | undefined {
    if (this.gone) return undefined;
    // A full socket delays the ping, and a paused one hides the pong. A peer that is dead then is
    // found when it stalls.
    const isBlocked = this.#isFull || this.#webSocket.isPaused;
    if (this.#expectsPong && !isBlocked) {
      this.reason = 'silent';
      this.destroy();
      return undefined;
    }
    this.#expectsPong = !isBlocked;
    // Even without a pong, writing to a peer that is gone makes the socket fail.
    if (!this.#isFull) this.#webSocket.ping();
    return isBlocked ? this.#pulse.ping : this.#pulse.pongTimeout;
  }

  onPong(): void {
    if (!this.#expectsPong) return;
    this.#expectsPong = false;
    this.#timers.add(this, this.#pulse.ping);
  }

  /** The peer broke the protocol or exceeded a limit. The library closes with the code for that. */
  onProtocolError(): void {
    this.reason ??= 'refused';
  }

  /** Settles when the socket takes more bytes, or is closed. */
  whenDrained(): Promise<void> {
    if (this.pending === 0 || this.gone) return Promise.resolve();
    return this.nextRelease();
  }

  onDrain(): void {
    this.#isFull = false;
    this.releaseWaiters();
    this.listener?.onDrain();
  }

  onClose(): void {
    this.#timers.remove(this);
    this.#socket.off('drain', onDrain);
    this.releaseWaiters();
    this.place?.leave();
    this.listener?.onClose(this.reason);
  }
}

function onClose(this: OwnSocket): void {
  this[sinkOf]?.onClose();
}

/**
 * Errors of the socket itself, such as a reset, mean that the client left. Errors with a code of
 * `ws` don't.
 */
function onError(this: OwnSocket, error: Error & { code?: string }): void {
  if (error.code?.startsWith('WS_ERR')) this[sinkOf]?.onProtocolError();
}

function onUnwantedMessage(this: OwnSocket): void {
  this[sinkOf]?.close('refused', unsupportedData, 'refused');
}

function onPong(this: OwnSocket): void {
  this[sinkOf]?.onPong();
}

function onDrain(this: OwnDuplex): void {
  this[sinkOf]?.onDrain();
}

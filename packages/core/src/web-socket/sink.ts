import type { Duplex } from 'node:stream';
import { type CloseReason, type CloseReasonInfo, closeReasons } from '../delivery/close-reason';
import type { Sink, SinkListener } from '../delivery/sink';
import { openState, type WebSocketLike } from '../http/ws-library';
import type { Timed, TimerWheel } from '../time/timer-wheel';

/** How the life of a peer is watched. */
export interface Pulse {
  /** Milliseconds between two pings. */
  readonly ping: number;
  /** Milliseconds in which a ping must be answered. */
  readonly pongTimeout: number;
}

const normalClosure = 1000;

/** The share of the time between pings by which they are spread. */
const spread = 0.2;

const sinkOf = Symbol('pushwire.sink');
type OwnSocket = WebSocketLike & { [sinkOf]?: WebSocketSink };
type OwnDuplex = Duplex & { [sinkOf]?: WebSocketSink };

/** Bytes to one WebSocket: frames that are ready go past the library to its socket, and pings ask for signs of life. */
export class WebSocketSink implements Sink, Timed {
  listener: SinkListener | undefined;
  client: string | undefined;
  readonly #webSocket: OwnSocket;
  readonly #socket: OwnDuplex;
  readonly #timers: TimerWheel;
  readonly #pulse: Pulse;
  /** Whether the last `write` asked to wait for a drain. */
  #waiting = false;
  #expectsPong = false;
  #reason: CloseReason | undefined;
  #whenDrained: (() => void)[] | undefined;

  constructor(webSocket: WebSocketLike, socket: Duplex, timers: TimerWheel, pulse: Pulse) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#timers = timers;
    this.#pulse = pulse;
    // One set of functions for all sockets: an idle connection holds no closures.
    this.#webSocket[sinkOf] = this;
    this.#socket[sinkOf] = this;
    webSocket.on('close', onClose);
    webSocket.on('error', onError);
    webSocket.on('pong', onPong);
    socket.on('drain', onDrain);
    timers.add(this, pulse.ping * (1 - Math.random() * spread));
  }

  get gone(): boolean {
    return this.#webSocket.readyState !== openState;
  }

  get pending(): number {
    return this.#waiting ? this.#socket.writableLength || 1 : 0;
  }

  /** The handshake was the head. */
  begin(): void {}

  write(bytes: Uint8Array): void {
    if (!this.gone) this.#waiting = !this.#socket.write(bytes);
  }

  end(reason: CloseReason): void {
    const { closeCode = normalClosure }: CloseReasonInfo = closeReasons[reason];
    this.close(reason, closeCode, reason);
  }

  /** Ends with a code and a text of the app's own. */
  close(reason: CloseReason, code: number, text: string): void {
    this.#reason ??= reason;
    this.#webSocket.close(code, text);
    // The client's part of the closing handshake wants to be read, whatever a handler is at.
    this.#webSocket.resume();
  }

  destroy(): void {
    this.#webSocket.terminate();
  }

  tick(): number | undefined {
    if (this.gone) return undefined;
    // Behind bytes that wait, a ping would wait too, and of a peer that is not read from no pong would be seen. What
    // is dead there is found by its stalling.
    const isDeaf = this.#waiting || this.#webSocket.isPaused;
    if (this.#expectsPong && !isDeaf) {
      this.#reason = 'silent';
      this.destroy();
      return undefined;
    }
    this.#expectsPong = !isDeaf;
    // Of a peer that has gone, a write tells too.
    if (!this.#waiting) this.#webSocket.ping();
    return isDeaf ? this.#pulse.ping : this.#pulse.pongTimeout;
  }

  heard(): void {
    if (!this.#expectsPong) return;
    this.#expectsPong = false;
    this.#timers.add(this, this.#pulse.ping);
  }

  /** The library has found something that is against the protocol or a limit, and closes with the code for that. */
  offended(): void {
    this.#reason ??= 'refused';
  }

  /** Settles when the socket takes more, or never will. */
  room(): Promise<void> {
    if (this.pending === 0 || this.gone) return Promise.resolve();
    this.#whenDrained ??= [];
    return new Promise((resolve) => this.#whenDrained?.push(resolve));
  }

  onDrain(): void {
    this.#waiting = false;
    this.#settle();
    this.listener?.onDrain();
  }

  #settle(): void {
    for (const resolve of this.#whenDrained ?? []) resolve();
    this.#whenDrained = undefined;
  }

  onClose(): void {
    this.#timers.remove(this);
    this.#socket.off('drain', onDrain);
    this.#settle();
    this.listener?.onClose(this.#reason);
  }
}

function onClose(this: OwnSocket): void {
  this[sinkOf]?.onClose();
}

/** Errors of the socket itself, a reset above all, are the client's leaving; those with a code of `ws` are not. */
function onError(this: OwnSocket, error: Error & { code?: string }): void {
  if (error.code?.startsWith('WS_ERR')) this[sinkOf]?.offended();
}

function onPong(this: OwnSocket): void {
  this[sinkOf]?.heard();
}

function onDrain(this: OwnDuplex): void {
  this[sinkOf]?.onDrain();
}

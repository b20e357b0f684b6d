import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { eventsWithListeners } from '../node-internals/events';

/** The status of an accepted handshake over HTTP/1.1. */
export const acceptedStatus = 101;

type WriteDone = (error?: Error | null) => void;

/** Node sets `corked` when a response ends. Nothing is corked here, so all share one. */
const sharedState = { corked: 0 };

/**
 * Stands in for the socket of an accepted response. It drops the bytes, unless the app has changed
 * the status: then the response is the answer after all.
 *
 * It is no stream. One would be half of what accepting a WebSocket costs: its state, its buffers
 * and the turns that it takes to finish and to close. This has what Node's response uses of its
 * socket, and what frameworks, loggers and `on-finished` do.
 */
export class HoldingPlace extends EventEmitter {
  destroyed = false;
  readonly _writableState = sharedState;
  #response: ServerResponse | undefined;
  #waitsForDrain = false;
  readonly #onClosed: { placeClosed(): void };

  constructor(
    response: ServerResponse,
    readonly socket: Duplex,
    owner: { placeClosed(): void },
  ) {
    super();
    this.#response = response;
    this.#onClosed = owner;
  }

  /** Node always gives an encoding. Apps that write to the socket of a response need not. */
  write(chunk: string | Uint8Array, encoding?: BufferEncoding | WriteDone, callback?: WriteDone): boolean {
    const done = typeof encoding === 'function' ? encoding : callback;
    const response = this.#response;
    if (response === undefined || response.statusCode === acceptedStatus || this.socket.destroyed) {
      if (done) process.nextTick(done);
      return true;
    }
    const form = typeof encoding === 'function' ? undefined : encoding;
    const isTaken = this.socket.write(chunk, form as BufferEncoding, () => done?.());
    if (!isTaken && !this.#waitsForDrain) this.passOnDrain(response);
    return isTaken;
  }

  private passOnDrain(response: ServerResponse): void {
    this.#waitsForDrain = true;
    this.socket.once('drain', () => {
      this.#waitsForDrain = false;
      if (response.writableNeedDrain) response.emit('drain');
    });
  }

  end(): this {
    return this.destroy();
  }

  destroySoon(): void {
    this.destroy();
  }

  /** Emits `close` in the next turn, as a socket does. */
  destroy(): this {
    if (this.destroyed) return this;
    this.destroyed = true;
    process.nextTick(emitClose, this);
    return this;
  }

  emitClose(): void {
    try {
      this.emit('close');
    } finally {
      this.#response = undefined;
      this.#onClosed.placeClosed();
    }
    // V8 may put parts of emitters where old objects are, since those of sockets live long, and
    // would keep the request until the next full collection. The listener of Node is no closure.
    if (eventsWithListeners(this) > 1 || this.listenerCount('close') > 1) this.removeAllListeners();
  }

  /** Nothing comes after `close`, and an emitter without listeners makes a new table for them. */
  override removeListener(event: string | symbol, listener: (...args: unknown[]) => void): this {
    return this.#response ? super.removeListener(event, listener) : this;
  }

  cork(): void {}

  uncork(): void {}

  setTimeout(): this {
    return this;
  }

  get writable(): boolean {
    return !this.destroyed;
  }

  get writableLength(): number {
    return this.#response?.statusCode === acceptedStatus ? 0 : this.socket.writableLength;
  }

  get writableHighWaterMark(): number {
    return this.socket.writableHighWaterMark;
  }

  get remoteAddress(): string | undefined {
    return (this.socket as Socket).remoteAddress;
  }
}

function emitClose(place: HoldingPlace): void {
  place.emitClose();
}

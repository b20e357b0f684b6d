import type { Socket } from 'node:net';
import { encodeFrame, FrameReader, firstFrameBytes } from '../protocol/frames';

/** Receives the events of a socket. */
export interface FrameListener {
  receive(value: object): void;
  /** There is room again, after a time in which there was none. */
  drained(): void;
  /** The socket is closed for good. There is no error if the other side has closed it. */
  closed(error?: unknown): void;
}

/**
 * Sends and receives values over a socket. All values of one turn go out together. The other side
 * sends no large ones before it is trusted, since it may be anything that uses the same path.
 */
export class FrameSocket {
  readonly #frames = new FrameReader(firstFrameBytes);
  #isCorked = false;
  /** The reason why the socket closes. */
  #error: unknown;

  constructor(
    readonly socket: Socket,
    readonly listener: FrameListener,
  ) {
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('drain', () => listener.drained());
    socket.on('error', (error) => {
      this.#error ??= error;
    });
    socket.on('close', () => listener.closed(this.#error));
  }

  /** True while as many bytes wait as the socket takes. */
  get isFull(): boolean {
    return this.socket.writableNeedDrain;
  }

  /** The other side has shown that it is one of Pushwire. */
  trust(): void {
    this.#frames.trust();
  }

  send(value: unknown): void {
    this.write(encodeFrame(value));
  }

  /** Writes bytes of {@link encodeFrame}. */
  write(frames: Uint8Array): void {
    const { socket } = this;
    if (!socket.writable) return;
    if (!this.#isCorked) {
      this.#isCorked = true;
      socket.cork();
      process.nextTick(() => {
        this.#isCorked = false;
        socket.uncork();
      });
    }
    socket.write(frames);
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  destroy(error?: unknown): void {
    this.#error ??= error;
    this.socket.destroy();
  }

  #receive(chunk: Buffer): void {
    try {
      for (const value of this.#frames.read(chunk)) {
        if (typeof value !== 'object' || value === null)
          throw new Error(`A frame with a ${typeof value} is not one of Pushwire`);
        this.listener.receive(value);
      }
    } catch (error) {
      // Whatever follows cannot be read either.
      this.destroy(error);
    }
  }
}

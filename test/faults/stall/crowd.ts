import type { Socket } from 'node:net';
import { NumberReader, nowMicros } from '../../kit/numbered';
import { openRaw, type RawTransport } from '../../kit/raw-client';

interface Client {
  readonly socket: Socket;
  readonly reader: NumberReader;
}

/** Clients of one server that count what they get. */
export class Crowd {
  readonly #clients: Client[] = [];
  /** Microseconds between each message's publish and its arrival at each client. */
  readonly latencies: number[] = [];
  #arrived = 0;
  #failure: Error | undefined;
  #expected = 0;
  #settle: (error?: Error) => void = () => {};

  constructor(
    readonly port: number,
    readonly stalled = false,
  ) {}

  get size(): number {
    return this.#clients.length;
  }

  /** The number of gaps that each client was told of. */
  get gaps(): number[] {
    return this.#clients.map(({ reader }) => reader.gaps);
  }

  /** The number of messages that each client got. */
  get read(): number[] {
    return this.#clients.map(({ reader }) => reader.read);
  }

  add(transport: RawTransport): void {
    const reader = new NumberReader(0);
    const take = (bytes: Buffer) => {
      const before = reader.last;
      const now = nowMicros();
      try {
        reader.take(bytes, (micros) => this.stalled || this.latencies.push(now - micros));
      } catch (error) {
        this.#fail(error as Error);
      }
      if (reader.last === before) return;
      if (before !== this.#expected && reader.last === this.#expected && ++this.#arrived === this.size) this.#settle();
    };
    const socket = openRaw({ port: this.port, path: '/', transport, stalled: this.stalled }, take);
    socket.on('error', (error) => this.#fail(error));
    socket.on('end', () => this.#fail(new Error('The server ended a connection')));
    this.#clients.push({ socket, reader });
  }

  /** Settles when every client has the last message, which has this number. */
  async untilAll(number: number, timeoutMs = 120_000): Promise<void> {
    if (this.#failure) throw this.#failure;
    this.#expected = number;
    this.#arrived = this.#clients.filter(({ reader }) => reader.last === number).length;
    if (this.#arrived === this.size) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`${this.#arrived} of ${this.size} clients have message ${number} after ${timeoutMs} ms`));
      }, timeoutMs);
      this.#settle = (error) => {
        clearTimeout(timer);
        if (error) reject(error);
        else resolve();
      };
    });
  }

  /** Lets stalled clients read. */
  resume(): void {
    for (const { socket } of this.#clients) socket.resume();
  }

  close(): void {
    this.#failure = new Error('The clients have left');
    for (const { socket } of this.#clients) socket.resetAndDestroy();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#settle(this.#failure);
  }
}

import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { marker } from '../sample-event';
import type { Greeting } from './greeting';
import { GzipReader } from './gzip-reader';
import { sourceOf } from './source-address';

const markerByte = marker.charCodeAt(0);
/** The number of connections opened at once. More would overflow the server's backlog. */
const wave = 200;

/** The waves in which clients come where they come at a rate. */
const wavesPerSecond = 50;

/** How clients connect. */
export interface ConnectOptions {
  /** The clients that come in a second. By default, all come at once. */
  readonly perSecond?: number;
  /** Milliseconds to wait for a wave of them. Defaults to 30000. */
  readonly timeoutMs?: number;
}

interface Client {
  readonly socket: Socket;
  readonly got: Tally;
}

/** The events and bytes of one client since the mark. */
interface Tally {
  events: number;
  bytes: number;
}

interface Waiting {
  readonly reached: () => boolean;
  resolve(): void;
  reject(error: Error): void;
}

/** Called for each event with the piece that contains it and the position of its marker. */
export type Listener = (piece: Uint8Array, at: number) => void;

/**
 * Clients of one server, as cheap as Node can have them. They are bare sockets with a shared
 * buffer, which count events by their marker and parse nothing.
 */
export class Crowd {
  /** Events received by all clients. */
  delivered = 0;
  /** Bytes received by all clients, with the heads of answers. */
  received = 0;
  /** `undefined` while events are only counted. */
  listener: Listener | undefined;
  #opened = 0;
  #waiting: Waiting | undefined;
  #failure: Error | undefined;
  readonly #greeting: Greeting;
  readonly #clients: Client[] = [];
  readonly #buffer = Buffer.allocUnsafe(64 * 1024);

  private constructor(greeting: Greeting) {
    this.#greeting = greeting;
  }

  static async connect(
    port: number,
    clients: number,
    greeting: Greeting,
    { perSecond = Number.POSITIVE_INFINITY, timeoutMs = 30_000 }: ConnectOptions = {},
  ): Promise<Crowd> {
    const crowd = new Crowd(greeting);
    const began = performance.now();
    try {
      while (crowd.#clients.length < clients) {
        const wait = began + (crowd.#clients.length / perSecond) * 1000 - performance.now();
        if (wait > 0) await sleep(wait);
        const pace = Math.ceil(Math.min(wave, perSecond / wavesPerSecond));
        const goal = Math.min(clients, crowd.#clients.length + pace);
        while (crowd.#clients.length < goal) crowd.#clients.push(crowd.#client(port));
        await crowd.#until(
          () => crowd.#opened === goal,
          timeoutMs,
          () => `${crowd.#opened} of ${clients} connected`,
        );
      }
    } catch (error) {
      crowd.close();
      throw error;
    }
    return crowd;
  }

  /** The number of clients. */
  get size(): number {
    return this.#clients.length;
  }

  /** Settles when so many events have come in total. */
  untilDelivered(count: number, timeoutMs = 60_000): Promise<void> {
    return this.#until(
      () => this.delivered >= count,
      timeoutMs,
      () => `${this.delivered} of ${count} events came`,
    );
  }

  /** Starts counting anew for each client. */
  mark(): void {
    for (const { got } of this.#clients) got.events = got.bytes = 0;
  }

  /**
   * Checks each client, since one that got an event twice must not make up for one that got none.
   *
   * @throws {Error} unless each client got so many events since the mark, and as many bytes as the
   *   others if servers send only events.
   */
  checkEach(events: number): void {
    const first = this.#clients[0]?.got.bytes ?? 0;
    for (const [i, { got }] of this.#clients.entries()) {
      const bytes = this.#greeting.eventsOnly ? first : got.bytes;
      if (got.events === events && got.bytes === bytes) continue;
      throw new Error(`client ${i} got ${got.events} events in ${got.bytes} bytes, not ${events} in ${bytes}`);
    }
  }

  close(): void {
    this.#failure = new Error('the clients have left');
    // A reset leaves no port in TIME_WAIT. There are not enough ports for all rounds otherwise.
    for (const { socket } of this.#clients) {
      if (socket.connecting || socket.readableEnded) socket.destroy();
      else socket.resetAndDestroy();
    }
  }

  #client(port: number): Client {
    const got: Tally = { events: 0, bytes: 0 };
    let open = false;
    const gzip = this.#greeting.isGzip ? new GzipReader() : undefined;
    const callback = (length: number, buffer: Uint8Array) => {
      const piece = buffer.subarray(0, length);
      if (!open) open = this.#isIn(socket, piece);
      const bytes = gzip ? gzip.read(piece) : piece;
      got.bytes += length;
      this.received += length;
      for (let at = bytes.indexOf(markerByte); at !== -1; at = bytes.indexOf(markerByte, at + 1)) {
        got.events++;
        this.delivered++;
        if (this.listener) this.#tell(this.listener, bytes, at);
      }
      if (this.#waiting?.reached()) this.#waiting.resolve();
      return true;
    };
    const socket = connect({
      port,
      host: '127.0.0.1',
      ...sourceOf(this.#clients.length),
      onread: { buffer: this.#buffer, callback },
    });
    socket.write(this.#greeting.requestOf?.(this.#clients.length) ?? this.#greeting.request);
    socket.on('error', (error) => this.#fail(error));
    socket.on('end', () => {
      if (!this.#greeting.mayEnd) this.#fail(new Error('the server ended a connection'));
    });
    return { socket, got };
  }

  /** Continues the greeting. Returns true when it is complete. */
  #isIn(socket: Socket, bytes: Uint8Array): boolean {
    try {
      const answer = this.#greeting.answer ? this.#greeting.answer(Buffer.from(bytes).toString('latin1')) : 'in';
      if (answer === 'in') this.#opened++;
      else if (answer !== undefined) socket.write(answer);
      return answer === 'in';
    } catch (error) {
      this.#fail(error as Error);
      return false;
    }
  }

  #tell(listener: Listener, bytes: Uint8Array, at: number): void {
    try {
      listener(bytes, at);
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#waiting?.reject(this.#failure);
  }

  async #until(reached: () => boolean, timeoutMs: number, found: () => string): Promise<void> {
    if (this.#failure) throw this.#failure;
    if (reached()) return;
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#waiting = { reached, resolve, reject };
        timer = setTimeout(() => reject(new Error(`${found()} within ${timeoutMs} ms`)), timeoutMs);
      });
    } finally {
      clearTimeout(timer);
      this.#waiting = undefined;
    }
  }
}

/** Connects clients, runs a task with them, and disconnects them. */
export async function withCrowd<T>(
  port: number,
  clients: number,
  greeting: Greeting,
  task: (crowd: Crowd) => Promise<T>,
): Promise<T> {
  const crowd = await Crowd.connect(port, clients, greeting);
  try {
    return await task(crowd);
  } finally {
    crowd.close();
  }
}

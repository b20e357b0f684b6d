import { connect, type Socket } from 'node:net';
import { marker } from '../sample-event';
import type { Greeting } from './greeting';
import { sourceOf } from './source-address';

const markerByte = marker.charCodeAt(0);
/** Connections that are opened at once; more would overflow the server's backlog. */
const wave = 200;

interface Client {
  readonly socket: Socket;
  readonly got: Tally;
}

/** What one client has got since the last look. */
interface Tally {
  events: number;
  bytes: number;
}

interface Waiting {
  readonly reached: () => boolean;
  resolve(): void;
  reject(error: Error): void;
}

/** Hears of each event that comes: the piece that it is in, and where its marker is. */
export type Listener = (piece: Uint8Array, at: number) => void;

/**
 * Clients of one server, as cheap as Node can have them: bare sockets that share one buffer to read into, where events are
 * counted by their marker and nothing is parsed.
 */
export class Crowd {
  /** Events that came, over all clients. */
  delivered = 0;
  /** Left out while events are only counted. */
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

  static async connect(port: number, clients: number, greeting: Greeting, patienceMs = 30_000): Promise<Crowd> {
    const crowd = new Crowd(greeting);
    try {
      while (crowd.#clients.length < clients) {
        const most = Math.min(clients, crowd.#clients.length + wave);
        while (crowd.#clients.length < most) crowd.#clients.push(crowd.#client(port));
        await crowd.#until(
          () => crowd.#opened === most,
          patienceMs,
          () => `${crowd.#opened} of ${clients} connected`,
        );
      }
    } catch (error) {
      crowd.close();
      throw error;
    }
    return crowd;
  }

  /** Settles when so many events have come in all. */
  untilDelivered(count: number, patienceMs = 60_000): Promise<void> {
    return this.#until(
      () => this.delivered >= count,
      patienceMs,
      () => `${this.delivered} of ${count} events came`,
    );
  }

  /** Counts for each client from here. */
  mark(): void {
    for (const { got } of this.#clients) got.events = got.bytes = 0;
  }

  /**
   * Looks at each client alone: one that got an event twice must not make up for another that did not get it.
   *
   * @throws Error unless each has got so many events since the mark, in as many bytes where events are all that is sent.
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
    // A reset leaves no port in TIME_WAIT: there are not enough of them for all rounds.
    for (const { socket } of this.#clients) {
      if (socket.connecting) socket.destroy();
      else socket.resetAndDestroy();
    }
  }

  #client(port: number): Client {
    const got: Tally = { events: 0, bytes: 0 };
    let open = false;
    const callback = (length: number, buffer: Uint8Array) => {
      const bytes = buffer.subarray(0, length);
      if (!open) open = this.#isIn(socket, bytes);
      got.bytes += length;
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
    socket.write(this.#greeting.request);
    socket.on('error', (error) => this.#fail(error));
    socket.on('end', () => this.#fail(new Error('the server ended a connection')));
    return { socket, got };
  }

  /** Goes on with the greeting; whether it is over. */
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

  async #until(reached: () => boolean, patienceMs: number, found: () => string): Promise<void> {
    if (this.#failure) throw this.#failure;
    if (reached()) return;
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#waiting = { reached, resolve, reject };
        timer = setTimeout(() => reject(new Error(`${found()} within ${patienceMs} ms`)), patienceMs);
      });
    } finally {
      clearTimeout(timer);
      this.#waiting = undefined;
    }
  }
}

/** Lets clients connect, has a task done with them, and lets them leave. */
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

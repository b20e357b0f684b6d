import { connect, type Socket } from 'node:net';
import { marker } from './sample-event';

const request = 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n';
const markerByte = marker.charCodeAt(0);
/** Connections that are opened at once; more would overflow the server's backlog. */
const wave = 200;

interface Waiting {
  readonly reached: () => boolean;
  resolve(): void;
  reject(error: Error): void;
}

/**
 * Clients of one server, as cheap as Node can have them: bare sockets that share one buffer to read into, where events are
 * counted by their marker and nothing is parsed.
 */
export class Crowd {
  /** Events that came, over all clients. */
  delivered = 0;
  #opened = 0;
  #waiting: Waiting | undefined;
  #failure: Error | undefined;
  readonly #sockets: Socket[] = [];
  readonly #buffer = Buffer.allocUnsafe(64 * 1024);

  static async connect(port: number, clients: number, patienceMs = 30_000): Promise<Crowd> {
    const crowd = new Crowd();
    while (crowd.#sockets.length < clients) {
      const most = Math.min(clients, crowd.#sockets.length + wave);
      while (crowd.#sockets.length < most) crowd.#sockets.push(crowd.#client(port));
      await crowd.#until(
        () => crowd.#opened === most,
        patienceMs,
        () => `${crowd.#opened} of ${clients} connected`,
      );
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

  close(): void {
    this.#failure = new Error('the clients have left');
    // A reset leaves no port in TIME_WAIT: there are not enough of them for all rounds.
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  #client(port: number): Socket {
    let open = false;
    const callback = (length: number, buffer: Uint8Array) => {
      if (!open) {
        open = true;
        this.#opened++;
      }
      const bytes = buffer.subarray(0, length);
      for (let at = bytes.indexOf(markerByte); at !== -1; at = bytes.indexOf(markerByte, at + 1)) this.delivered++;
      if (this.#waiting?.reached()) this.#waiting.resolve();
      return true;
    };
    const socket = connect({ port, host: '127.0.0.1', onread: { buffer: this.#buffer, callback } });
    socket.write(request);
    socket.on('error', (error) => this.#fail(error));
    socket.on('end', () => this.#fail(new Error('the server ended a stream')));
    return socket;
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

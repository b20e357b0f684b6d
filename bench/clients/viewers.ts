import { connect, type Socket, type TcpSocketConnectOpts } from 'node:net';
import { stampNow } from '../sample-event';
import { StampReader } from './stamp-reader';

/** The number of connections opened at once. More would overflow the server's backlog. */
const wave = 200;
/** Milliseconds between two reads of a slow viewer. */
const readInterval = 50;
const request = 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n';

/** The values that some viewers have got since the mark, and their ages. */
export interface Sight {
  /** Bytes of all of them. */
  bytes: number;
  /** The ages of values at the time when a viewer got them, in µs. */
  readonly ages: number[];
}

/** How a viewer reads. */
export interface ViewerKind {
  /** Bytes that it reads in a second. No limit by default. */
  readonly bytesPerSecond?: number;
  /** True if it looks at each value. The others only count bytes, so that many cost little. */
  readonly watches: boolean;
}

/** The clients of one kind, on bare sockets. */
export class Viewers {
  #seen: Sight = { bytes: 0, ages: [] };
  readonly #sockets: Socket[] = [];
  readonly #kind: ViewerKind;
  readonly #buffer: Buffer;
  readonly #place: number | string;
  #timer: NodeJS.Timeout | undefined;
  #opened = 0;
  /** The stamp that all wait for at the end. */
  #last = Number.NaN;
  #arrived = 0;
  #failure: Error | undefined;
  #settle: (error?: Error) => void = () => {};

  private constructor(place: number | string, kind: ViewerKind) {
    this.#place = place;
    this.#kind = kind;
    const { bytesPerSecond } = kind;
    const size = bytesPerSecond === undefined ? 64 * 1024 : (bytesPerSecond * readInterval) / 1000;
    this.#buffer = Buffer.allocUnsafe(Math.ceil(size));
    if (bytesPerSecond !== undefined) this.#timer = setInterval(() => this.#readOn(), readInterval);
  }

  /** @param place a port, or the path of a socket, in which the kernel keeps 200 KiB at most. */
  static async connect(place: number | string, count: number, kind: ViewerKind): Promise<Viewers> {
    const viewers = new Viewers(place, kind);
    try {
      while (viewers.#sockets.length < count) {
        const goal = Math.min(count, viewers.#sockets.length + wave);
        while (viewers.#sockets.length < goal) viewers.#sockets.push(viewers.#open());
        await viewers.#until(() => viewers.#opened === goal, 'are connected');
      }
    } catch (error) {
      viewers.close();
      throw error;
    }
    return viewers;
  }

  get count(): number {
    return this.#sockets.length;
  }

  /** True if a value has come since the mark. */
  get hasSeen(): boolean {
    return this.#seen.ages.length > 0;
  }

  /** Begins to count anew, and returns what was counted before. */
  mark(): Sight {
    const seen = this.#seen;
    this.#seen = { bytes: 0, ages: [] };
    return seen;
  }

  /** From now on, all look for the value with this stamp, and none is slow. */
  expect(last: number): void {
    this.#last = last;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#readOn();
  }

  /** Settles when all have got the value that they expect. */
  untilAllHaveIt(): Promise<void> {
    return this.#until(() => this.#arrived === this.count, 'have the last value');
  }

  close(): void {
    clearInterval(this.#timer);
    this.#failure = new Error('the viewers have left');
    for (const socket of this.#sockets) {
      // Only a port is kept for a while after its use.
      if (typeof this.#place === 'string') socket.destroy();
      else socket.resetAndDestroy();
    }
  }

  #open(): Socket {
    let isOpen = false;
    const stamps = new StampReader((stamp) => {
      if (stamp === this.#last) {
        this.#arrived++;
        this.#settle();
      } else if (this.#kind.watches) this.#seen.ages.push(stampNow() - stamp);
    });
    const callback = (length: number, buffer: Uint8Array) => {
      this.#seen.bytes += length;
      if (this.#kind.watches || !Number.isNaN(this.#last)) stamps.read(buffer.subarray(0, length));
      if (!isOpen) {
        isOpen = true;
        this.#opened++;
        this.#settle();
      }
      return this.#timer === undefined;
    };
    const onread = { buffer: this.#buffer, callback };
    const place = this.#place;
    const options = typeof place === 'string' ? { path: place } : { port: place, host: '127.0.0.1' };
    const socket = connect({ ...options, onread } as TcpSocketConnectOpts);
    socket.write(request);
    socket.on('error', (error) => this.#fail(error));
    socket.on('end', () => this.#fail(new Error('the server ended a connection')));
    return socket;
  }

  #readOn(): void {
    for (const socket of this.#sockets) socket.resume();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#settle(this.#failure);
  }

  async #until(holds: () => boolean, what: string, timeoutMs = 60_000): Promise<void> {
    if (this.#failure) throw this.#failure;
    if (holds()) return;
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        const late = () => reject(new Error(`${this.#opened} opened, ${this.#arrived} of ${this.count} ${what}`));
        timer = setTimeout(late, timeoutMs);
        this.#settle = (error) => {
          if (error) reject(error);
          else if (holds()) resolve();
        };
      });
    } finally {
      clearTimeout(timer);
      this.#settle = () => {};
    }
  }
}

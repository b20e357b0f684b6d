import { connect, type Socket } from 'node:net';

/** A client that keeps a map of what it is told, as a page does. */
export class Follower {
  bytes = 0;
  readonly values = new Map<string, unknown>();
  readonly #socket: Socket;
  #rest = '';
  #failure: Error | undefined;
  #check = () => {};

  constructor(port: number, path: string) {
    this.#socket = connect(port, '127.0.0.1').setEncoding('latin1');
    this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n`);
    this.#socket.on('data', (text) => this.#read(String(text)));
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('end', () => this.#fail(new Error('The server ended the stream')));
  }

  /** Settles when its map is as wanted. */
  async until(holds: (follower: Follower) => boolean, what: string, timeoutMs = 60_000): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        timer = setTimeout(() => reject(new Error(`The follower has not learned that ${what}`)), timeoutMs);
        this.#check = () => {
          if (this.#failure) reject(this.#failure);
          else if (holds(this)) resolve();
        };
        this.#check();
      });
    } finally {
      clearTimeout(timer);
      this.#check = () => {};
    }
  }

  close(): void {
    this.#failure = new Error('The follower has left');
    this.#socket.resetAndDestroy();
  }

  #read(text: string): void {
    this.bytes += text.length;
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() as string;
    for (const line of lines) {
      if (!line.startsWith('data: {"key"')) continue;
      const { key, data, deleted } = JSON.parse(line.slice(6)) as { key: string; data?: unknown; deleted?: true };
      if (deleted) this.values.delete(key);
      else this.values.set(key, data);
    }
    this.#check();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#check();
  }
}

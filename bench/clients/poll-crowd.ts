import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeServer } from '../processes/node-server';
import { marker } from '../sample-event';
import { sourceOf } from './source-address';

const cursorPattern = /"cursor":"([^"]+)"/;
const lengthPattern = /\r\ncontent-length: (\d+)\r\n/i;
const headEnd = '\r\n\r\n';
/** The number of connections opened at once. More would overflow the server's backlog. */
const wave = 200;
const timeoutMs = 60_000;

/** Clients that poll one server on bare sockets. The next request follows each answer at once. */
export class PollCrowd {
  /** Answers with an event received by all clients. */
  delivered = 0;
  #failure: Error | undefined;
  readonly #sockets: Socket[] = [];
  /** Events of each client since the mark. */
  readonly #got: number[] = [];

  private constructor(
    readonly server: NodeServer,
    readonly clients: number,
  ) {}

  /** Settles when the server holds a poll of each client. */
  static async connect(server: NodeServer, clients: number, cursors: boolean): Promise<PollCrowd> {
    const cursor = cursors ? await firstCursor(server) : undefined;
    const crowd = new PollCrowd(server, clients);
    while (crowd.#sockets.length < clients) {
      const goal = Math.min(clients, crowd.#sockets.length + wave);
      while (crowd.#sockets.length < goal) crowd.#sockets.push(crowd.#client(cursor));
      await crowd.#until(async () => (await server.held()) === goal, 'all clients are held');
    }
    return crowd;
  }

  /** Publishes one event, and settles when the server holds the next poll of each client. */
  async turn(): Promise<void> {
    const goal = this.delivered + this.clients;
    this.server.publish(1);
    await this.#until(() => this.delivered >= goal, 'every client has the event');
    await this.#until(async () => (await this.server.held()) === this.clients, 'every client polls again');
  }

  /** Starts counting anew for each client. */
  mark(): void {
    this.#got.fill(0);
  }

  /** @throws {Error} unless each client got so many events since the mark. */
  checkEach(events: number): void {
    const wrong = this.#got.findIndex((got) => got !== events);
    if (wrong !== -1) throw new Error(`client ${wrong} got ${this.#got[wrong]} events, not ${events}`);
  }

  close(): void {
    this.#failure = new Error('the clients have left');
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  #client(cursor: string | undefined): Socket {
    const index = this.#sockets.length;
    this.#got[index] = 0;
    const socket = connect({ port: this.server.port, host: '127.0.0.1', ...sourceOf(index) });
    const poll = (at: string | undefined) => {
      const query = at === undefined ? '' : `?cursor=${at}`;
      socket.write(`GET /${query} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n\r\n`);
    };
    let text = '';
    socket.setEncoding('latin1');
    socket.on('data', (piece: string) => {
      text += piece;
      if (!isWhole(text)) return;
      if (text.includes(marker)) {
        this.delivered++;
        this.#got[index] = (this.#got[index] ?? 0) + 1;
      }
      const next = cursorPattern.exec(text)?.[1];
      text = '';
      poll(next);
    });
    socket.on('error', (error) => (this.#failure ??= error));
    socket.on('end', () => (this.#failure ??= new Error('the server ended a connection')));
    poll(cursor);
    return socket;
  }

  async #until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
    const end = performance.now() + timeoutMs;
    while (!(await holds())) {
      if (this.#failure) throw this.#failure;
      if (performance.now() > end) throw new Error(`Timed out waiting until ${what}`);
      // Rare enough to cost the server almost nothing.
      await sleep(10);
    }
  }
}

async function firstCursor({ port }: NodeServer): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { Connection: 'close' } });
  return ((await response.json()) as { cursor: string }).cursor;
}

function isWhole(text: string): boolean {
  const head = text.indexOf(headEnd);
  if (head === -1) return false;
  const length = lengthPattern.exec(text)?.[1];
  if (length === undefined) throw new Error(`an answer of unknown length: ${text}`);
  return text.length >= head + headEnd.length + Number(length);
}

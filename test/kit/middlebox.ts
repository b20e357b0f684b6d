import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** An HTTP proxy in front of local servers. Tests give it the bad habits of real proxies. */
export class Middlebox {
  /** Holds each response back until it is complete, despite its headers. */
  buffers = false;
  /** Answers each upgrade itself instead of forwarding it. */
  refusesUpgrades = false;
  /** Drops every connection at once, like an absent network. */
  isAway = false;
  /** Changes the URL of each request, as a proxy or a CDN does that drops a query. */
  rewrite = (url: string): string => url;
  /** Answers each request itself: a page for logging in, or a redirect, in place of the server. */
  answers: ((incoming: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  /** The requests so far. */
  requests = 0;
  readonly #sockets = new Set<Socket>();

  private constructor(
    readonly server: Server,
    /** The port that requests go to. It may change at any time. */
    public target: number,
  ) {}

  static async start(target: number): Promise<Middlebox> {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const box = new Middlebox(server, target);
    server.on('connection', (socket: Socket) => box.#took(socket));
    server.on('request', (incoming, response) => box.#pass(incoming, response));
    server.on('upgrade', (incoming, socket, head) => box.#upgrade(incoming, socket, head));
    return box;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The number of open connections of clients. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Drops all open connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.server.close();
    this.cut();
    await once(this.server, 'close');
  }

  #took(socket: Socket): void {
    if (this.isAway) socket.destroy();
    this.#sockets.add(socket.setNoDelay());
    socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket));
  }

  #pass(incoming: IncomingMessage, response: ServerResponse): void {
    this.requests++;
    if (this.answers?.(incoming, response)) return;
    const { method, headers } = incoming;
    const url = this.rewrite(incoming.url as string);
    const passed = request({ host: '127.0.0.1', port: this.target, method, path: url, headers, agent: false });
    passed.on('error', () => response.destroy());
    passed.on('response', async (answer) => {
      answer.on('error', () => response.destroy());
      const head = () => response.writeHead(answer.statusCode ?? 502, answer.headers);
      if (this.buffers) {
        const held: Buffer[] = [];
        answer.on('data', (bytes) => held.push(bytes));
        answer.on('end', () => head().end(Buffer.concat(held)));
        return;
      }
      head().flushHeaders();
      answer.pipe(response);
    });
    response.on('close', () => passed.destroy());
    incoming.pipe(passed);
  }

  #upgrade({ method, url, rawHeaders }: IncomingMessage, client: Duplex, head: Buffer): void {
    this.requests++;
    client.on('error', () => {});
    if (this.refusesUpgrades) {
      client.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      return;
    }
    const server = connect(this.target, '127.0.0.1').setNoDelay();
    server.on('error', () => client.destroy());
    const lines = Array.from(
      { length: rawHeaders.length / 2 },
      (_, i) => `${rawHeaders[2 * i]}: ${rawHeaders[2 * i + 1]}`,
    );
    server.write(`${method} ${this.rewrite(url as string)} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    server.write(head);
    server.pipe(client).pipe(server);
    client.on('close', () => server.destroy());
  }
}

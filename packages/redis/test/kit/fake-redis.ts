import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
export const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await turn();
};

/** Handles a command. It returns the reply in RESP, or nothing for none. */
export type Answer = (words: readonly string[], socket: Socket) => string | undefined;

const bulk = (text: string) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
export const array = (...items: readonly string[]): string => `*${items.length}\r\n${items.join('')}`;
export const push = (kind: string, pubsubChannel: string, count: number): string =>
  array(bulk(kind), bulk(pubsubChannel), `:${count}\r\n`);

const error = (text: string) => `-${text}\r\n`;

/**
 * A node of a cluster that speaks RESP 2, keeps nothing, and says what the test wants at the moment
 * that the test wants.
 */
export class FakeRedis {
  readonly #sockets = new Set<Socket>();
  /** The sockets that have subscribed. */
  readonly subscribers: Socket[] = [];
  /** The node that owns all slots. */
  owner: FakeRedis = this;
  /** Comes before the usual reply. */
  answer: Answer = () => undefined;

  private constructor(readonly server: Server) {}

  static async start(): Promise<FakeRedis> {
    // A client that has said its last word can still be answered.
    const server = createServer({ allowHalfOpen: true });
    const fake = new FakeRedis(server);
    server.on('connection', (socket) => fake.#serve(socket));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return fake;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The reply to `CLUSTER SLOTS`. */
  get slots(): string {
    const node = array(bulk('127.0.0.1'), `:${this.owner.port}\r\n`, bulk('a'.repeat(40)));
    return array(array(':0\r\n', ':16383\r\n', node));
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    let text = '';
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('data', (data) => {
      text += data;
      for (let words = read(text); words !== undefined; words = read(text)) {
        text = text.slice(words.length);
        const reply = this.answer(words.words, socket) ?? this.#usual(words.words, socket);
        if (reply !== '' && !socket.destroyed) socket.write(reply);
      }
    });
    // As Redis, it ends a connection that the client has ended, unless the test does it.
    socket.on('end', () => this.answer(['END'], socket) ?? socket.end());
  }

  #usual([command = '', name = '']: readonly string[], socket: Socket): string {
    switch (`${command} ${name}`.toUpperCase()) {
      case 'CLUSTER SLOTS':
        return this.slots;
      case 'CLUSTER INFO':
        return bulk('cluster_state:ok\r\n');
    }
    switch (command.toUpperCase()) {
      case 'HELLO':
        return name === '2' ? array(bulk('proto'), ':2\r\n') : error('NOPROTO unsupported protocol version');
      case 'PING':
        return '+PONG\r\n';
      case 'INFO':
        return bulk('role:master\r\n');
      case 'SUBSCRIBE':
      case 'SSUBSCRIBE':
        this.subscribers.push(socket);
        return push(command.toLowerCase(), name, 1);
      default:
        return '+OK\r\n';
    }
  }
}

/** Reads the first command of a text. */
function read(text: string): { words: string[]; length: number } | undefined {
  const head = /^\*(\d+)\r\n/.exec(text);
  if (head === null) return undefined;
  const words: string[] = [];
  let at = head[0].length;
  while (words.length < Number(head[1])) {
    const size = /^\$(\d+)\r\n/.exec(text.slice(at, at + 20));
    if (size === null) return undefined;
    const [from, bytes] = [at + size[0].length, Number(size[1])];
    if (text.length < from + bytes + 2) return undefined;
    words.push(text.slice(from, from + bytes));
    at = from + bytes + 2;
  }
  return { words, length: at };
}

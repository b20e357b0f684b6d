import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Direction } from './fault-plan';

/** A connection through a gate. */
export interface Passage {
  /** Whether what its client has sent has met the gate's pattern. */
  readonly isMarked: boolean;
}

class Pair implements Passage {
  isMarked = false;
  /** What is sent in these directions arrives nowhere, and nobody is told. */
  readonly swallowed = new Set<Direction>();

  constructor(
    readonly client: Socket,
    readonly server: Socket,
  ) {}

  carry(direction: Direction, from: Socket, to: Socket, pattern: RegExp | undefined): void {
    from.on('data', (bytes) => {
      if (this.swallowed.has(direction)) return;
      if (direction === 'up' && !this.isMarked) this.isMarked = pattern?.test(bytes.toString('latin1')) ?? false;
      if (to.destroyed || to.write(bytes)) return;
      from.pause();
      to.once('drain', () => from.resume());
    });
    from.on('error', () => {});
    from.on('close', () => {
      if (!this.swallowed.has(direction)) reset(to);
    });
  }

  reset(): void {
    reset(this.client);
    reset(this.server);
  }
}

/** Of a socket that is being shut down, Node would never finish a reset, nor could the process end. */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

const bothWays: readonly Direction[] = ['up', 'down'];

/** A TCP proxy whose doors others open and shut: it leads where it is told, cuts, and makes black holes. */
export class Gate {
  readonly #pairs = new Set<Pair>();
  #swallows: readonly Direction[] = [];

  private constructor(
    readonly server: Server,
    readonly port: number,
    /** The port of this machine that newcomers are led to; `undefined` where they are reset. */
    public target: number | undefined,
    readonly pattern: RegExp | undefined,
  ) {
    server.on('connection', (client) => this.#join(client));
  }

  /** @param pattern marks connections by what their clients send. */
  static async start(target?: number, pattern?: RegExp): Promise<Gate> {
    const server = createServer({ noDelay: true });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return new Gate(server, (server.address() as AddressInfo).port, target, pattern);
  }

  /** Leads newcomers elsewhere, and resets those who are there. */
  lead(target: number | undefined): void {
    this.target = target;
    this.cut();
  }

  cut(): void {
    for (const pair of this.#pairs) pair.reset();
  }

  /**
   * What is sent arrives nowhere and nobody is told, for good on connections that are there, and on others until `release`.
   *
   * @param which those that are swallowed; without it, newcomers are too.
   */
  swallow(directions = bothWays, which?: (passage: Passage) => boolean): void {
    if (which === undefined) this.#swallows = directions;
    for (const pair of this.#pairs) {
      if (which?.(pair) ?? true) for (const direction of directions) pair.swallowed.add(direction);
    }
  }

  release(): void {
    this.#swallows = [];
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  #join(client: Socket): void {
    client.on('error', () => {});
    if (this.target === undefined) {
      client.resetAndDestroy();
      return;
    }
    const server = connect({ port: this.target, host: '127.0.0.1', noDelay: true });
    const pair = new Pair(client, server);
    for (const direction of this.#swallows) pair.swallowed.add(direction);
    this.#pairs.add(pair);
    pair.carry('up', client, server, this.pattern);
    pair.carry('down', server, client, this.pattern);
    let open = 2;
    for (const socket of [client, server]) socket.on('close', () => --open === 0 && this.#pairs.delete(pair));
  }
}

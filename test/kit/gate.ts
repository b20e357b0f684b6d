import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Direction } from './fault-plan';

/** A connection through a gate. */
export interface Passage {
  /** True once the client has sent something that matches the gate's pattern. */
  readonly isMarked: boolean;
}

class Pair implements Passage {
  isMarked = false;
  /** Bytes in these directions are dropped without a sign to either side. */
  readonly swallowed = new Set<Direction>();

  constructor(
    readonly client: Socket,
    readonly server: Socket,
    /** True for sockets of paths, which know no reset. */
    readonly isLocal: boolean,
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
      if (!this.swallowed.has(direction)) this.#reset(to);
    });
  }

  reset(): void {
    this.#reset(this.client);
    this.#reset(this.server);
  }

  /** A socket that is shutting down is destroyed, since its reset would never finish. */
  #reset(socket: Socket): void {
    if (this.isLocal || socket.writableEnded) socket.destroy();
    else socket.resetAndDestroy();
  }
}

const bothWays: readonly Direction[] = ['up', 'down'];

/** A port, or the path of a Unix domain socket. */
type Target = number | string;

/** A proxy under the tests' control. It can switch targets, cut, and make black holes. */
export class Gate {
  readonly #pairs = new Set<Pair>();
  #swallows: readonly Direction[] = [];

  private constructor(
    readonly server: Server,
    /** The target for new connections, which are reset while it is `undefined`. */
    public target: Target | undefined,
    readonly pattern: RegExp | undefined,
  ) {
    server.on('connection', (client) => this.#join(client));
  }

  /**
   * @param pattern marks the connections whose clients send a match.
   * @param path where it listens. Without it, it listens at a port.
   */
  static async start(target?: Target, pattern?: RegExp, path?: string): Promise<Gate> {
    const server = createServer({ noDelay: true });
    await once(path === undefined ? server.listen(0, '127.0.0.1') : server.listen({ path }), 'listening');
    return new Gate(server, target, pattern);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Sends new connections elsewhere and resets the existing ones. */
  lead(target: Target | undefined): void {
    this.target = target;
    this.cut();
  }

  cut(): void {
    for (const pair of this.#pairs) pair.reset();
  }

  /**
   * Drops bytes without a sign to either side. Existing connections drop them for good, new ones
   * until `release`.
   *
   * @param which selects existing connections. Without it, all of them and new ones are affected.
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
    const { target } = this;
    const isLocal = typeof target === 'string';
    const server = connect(isLocal ? { path: target } : { port: target, host: '127.0.0.1', noDelay: true });
    const pair = new Pair(client, server, isLocal);
    for (const direction of this.#swallows) pair.swallowed.add(direction);
    this.#pairs.add(pair);
    pair.carry('up', client, server, this.pattern);
    pair.carry('down', server, client, this.pattern);
    let open = 2;
    for (const socket of [client, server]) socket.on('close', () => --open === 0 && this.#pairs.delete(pair));
  }
}

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Direction, Fault, FaultKind, Plan } from './fault-plan';

/** A TCP proxy in front of one server. It harms the traffic at the bytes that a plan names. */
export class FaultProxy {
  /** The faults that have happened. */
  readonly happened: Record<Direction, Record<FaultKind, number>> = {
    up: { cut: 0, reset: 0, delay: 0, trickle: 0 },
    down: { cut: 0, reset: 0, delay: 0, trickle: 0 },
  };
  readonly #sockets = new Set<Socket>();
  #calm = false;
  #held: Promise<void> = Promise.resolve();
  #release = () => {};

  private constructor(
    readonly server: Server,
    readonly port: number,
  ) {}

  /**
   * @param target the local port to forward to.
   * @param planNext returns the plan of the next connection.
   */
  static async start(target: number, planNext: () => Plan): Promise<FaultProxy> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const proxy = new FaultProxy(server, (server.address() as AddressInfo).port);
    server.on('connection', (client) => proxy.#join(client, target, planNext()));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Stops all further faults. */
  calm(): void {
    this.#calm = true;
    this.release();
  }

  /** Reads nothing from the server until `release`, as if the clients read nothing. */
  hold(): void {
    this.#held = new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  release(): void {
    this.#release();
  }

  async close(): Promise<void> {
    this.calm();
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  #join(client: Socket, target: number, plan: Plan): void {
    const server = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket));
    }
    this.#carry('up', client, server, plan.up);
    this.#carry('down', server, client, plan.down);
  }

  async #carry(direction: Direction, from: Socket, to: Socket, faults: Iterator<Fault, undefined>): Promise<void> {
    let next = faults.next().value;
    let passed = 0;
    const pass = async (bytes: Buffer) => {
      passed += bytes.length;
      if (to.destroyed) throw new Error('The other side has left');
      if (!to.write(bytes)) await drained(to);
    };
    try {
      for await (let bytes of from.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        if (direction === 'down') await this.#held;
        while (next && !this.#calm && next.at < passed + bytes.length) {
          const fault = next;
          const before = bytes.subarray(0, fault.at - passed);
          bytes = bytes.subarray(before.length);
          await pass(before);
          this.happened[direction][fault.kind]++;
          if (fault.kind === 'cut' || fault.kind === 'reset') return strike(fault.kind, from, to);
          if (fault.kind === 'delay') await pause(fault.ms);
          else {
            const slow = bytes.subarray(0, fault.bytes);
            bytes = bytes.subarray(slow.length);
            await trickle(slow, pass);
          }
          // Faults at bytes that a trickle has already passed do not happen.
          do next = faults.next().value;
          while (next && next.at < passed);
        }
        if (bytes.length > 0) await pass(bytes);
      }
      to.end();
    } catch {
      // When one side is gone, the other goes too.
      strike('reset', from, to);
    }
  }
}

function strike(kind: 'cut' | 'reset', ...sockets: Socket[]): void {
  for (const socket of sockets) {
    if (kind === 'reset') socket.resetAndDestroy();
    else socket.destroySoon();
  }
}

/** Settles when a socket can take more, or never will. */
function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      socket.off('drain', settle).off('close', settle);
      resolve();
    };
    socket.on('drain', settle).on('close', settle);
  });
}

async function trickle(bytes: Buffer, pass: (some: Buffer) => Promise<void>): Promise<void> {
  const few = 3;
  for (let at = 0; at < bytes.length; at += few) {
    await pass(bytes.subarray(at, at + few));
    await new Promise(setImmediate);
  }
}

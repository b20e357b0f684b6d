import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A Unix domain socket in front of another one, whose connections tests cut and stop. */
export class SocketGate {
  readonly #pairs = new Set<readonly [Socket, Socket]>();

  private constructor(
    readonly folder: string,
    readonly server: Server,
  ) {}

  /** @param target returns the path of the other socket. */
  static async start(target: () => string): Promise<SocketGate> {
    const gate = new SocketGate(await mkdtemp(join(tmpdir(), 'pushwire-gate-')), createServer());
    gate.server.on('connection', (near) => gate.#join(near, connect(target())));
    await once(gate.server.listen(gate.path), 'listening');
    return gate;
  }

  get path(): string {
    return join(this.folder, 'gate.sock');
  }

  cut(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
  }

  /** Lets nothing come from the other socket for now. */
  hold(): void {
    for (const [, far] of this.#pairs) far.pause();
  }

  release(): void {
    for (const [, far] of this.#pairs) far.resume();
  }

  async close(): Promise<void> {
    this.server.close();
    this.cut();
    await rm(this.folder, { recursive: true, force: true });
  }

  #join(near: Socket, far: Socket): void {
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    near.pipe(far).pipe(near);
    for (const socket of pair) {
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#pairs.delete(pair);
        for (const other of pair) other.destroy();
      });
    }
  }
}

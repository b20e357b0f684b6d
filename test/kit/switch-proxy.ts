import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** The things a proxy does to its connections. */
export interface Behaviour {
  /** The port that new connections go to. */
  target: number;
  /** Milliseconds after which each connection is cut. */
  cutAfter?: number;
  /** Ends connections that ask for an upgrade, at once or so many ms after the first bytes. */
  killUpgrades?: 'at once' | number;
  /** Lets upgrades pass, but drops all bytes that the server sends after its 101. */
  muteUpgrades?: boolean;
}

/** A TCP proxy whose behaviour may change. Open connections keep the behaviour they began with. */
export class SwitchProxy {
  readonly #sockets = new Set<Socket>();
  /** The number of connections so far. */
  connections = 0;

  private constructor(
    readonly server: Server,
    readonly behaviour: Behaviour,
  ) {}

  static async start(behaviour: Behaviour): Promise<SwitchProxy> {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const proxy = new SwitchProxy(server, behaviour);
    server.on('connection', (client) => proxy.#join(client, { ...behaviour }));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Cuts all open connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  #join(client: Socket, { target, cutAfter, killUpgrades, muteUpgrades }: Behaviour): void {
    this.connections++;
    const server = connect({ port: target, host: '127.0.0.1' });
    const cut = () => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', cut).on('close', () => {
        this.#sockets.delete(socket);
        cut();
      });
    }
    if (cutAfter !== undefined) setTimeout(cut, cutAfter).unref();
    let isMute = false;
    let isUpgrade = false;
    client.on('data', (bytes) => {
      const asksForUpgrade = /^upgrade: websocket/im.test(bytes.toString('latin1'));
      if (asksForUpgrade && killUpgrades === 'at once') return cut();
      isUpgrade ||= asksForUpgrade;
      isMute ||= asksForUpgrade && muteUpgrades === true;
      server.write(bytes);
    });
    server.on('data', (bytes) => {
      const text = bytes.toString('latin1');
      const headLength = text.startsWith('HTTP/1.1 101') ? text.indexOf('\r\n\r\n') + 4 : 0;
      if (isUpgrade && typeof killUpgrades === 'number' && bytes.length > headLength)
        setTimeout(cut, killUpgrades).unref();
      client.write(isMute ? bytes.subarray(0, headLength) : bytes);
    });
  }
}

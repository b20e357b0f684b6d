import type { Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Running } from './adapters';

/** A client that is only a socket, whose connection to an app is seen from both ends. */
export class WatchedSocket {
  readonly client: Socket;
  /** The server's end, once the server has accepted it. */
  served: Socket | undefined;
  /** The answers, as they came. */
  received = '';
  isClosed = false;

  constructor(app: Running) {
    const server = app.server as Server;
    server.once('connection', (socket: Socket) => {
      this.served = socket;
    });
    this.client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    this.client.on('error', () => {});
    this.client.on('close', () => {
      this.isClosed = true;
    });
    this.client.setEncoding('latin1').on('data', (text: string) => {
      this.received += text;
    });
  }

  /** The bytes that the server has read. */
  get bytesRead(): number {
    return this.served?.bytesRead ?? 0;
  }

  /** True once the server's end is closed. */
  get isServerClosed(): boolean {
    return this.served?.destroyed === true;
  }

  write(text: string): void {
    this.client.write(text);
  }
}

import { connect, type Socket } from 'node:net';

/** The requests of clients that are only a socket. */
const requests = {
  sse: ['Accept: text/event-stream'],
  // The key of RFC 6455, 1.3.
  websocket: [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Protocol: pushwire.v1',
  ],
};

export type RawTransport = keyof typeof requests;

export interface RawOptions {
  readonly port: number;
  readonly path: string;
  readonly transport: RawTransport;
  /** True if it reads nothing until it is resumed. */
  readonly stalled?: boolean;
  /** A local address to connect from, so that the ports of one address don't run out. */
  readonly localAddress?: string;
}

/** All clients read into this one buffer, one after the other. */
const buffer = Buffer.allocUnsafe(256 * 1024);

/** Opens a stream as cheaply as Node can. `take` gets the raw bytes and must not keep them. */
export function openRaw(options: RawOptions, take: (bytes: Buffer) => void): Socket {
  const { port, path, transport, stalled = false, localAddress = '127.0.0.1' } = options;
  const callback = (length: number) => {
    take(buffer.subarray(0, length));
    return true;
  };
  const socket = connect({ port, host: '127.0.0.1', localAddress, onread: { buffer, callback } });
  if (stalled) socket.pause();
  socket.write([`GET ${path} HTTP/1.1`, 'Host: 127.0.0.1', ...requests[transport], '\r\n'].join('\r\n'));
  return socket;
}

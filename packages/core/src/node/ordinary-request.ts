import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';

/**
 * Gives a request whose upgrade nobody wants back to the server, as if it had asked for none: once a server accepts some
 * upgrades, Node takes every request for one out of its hands, with its body unread.
 */
export function asOrdinaryRequest(
  server: { emit(event: string, ...args: unknown[]): boolean },
  { method, url, httpVersion, rawHeaders }: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  let text = `${method} ${url} HTTP/${httpVersion}\r\n`;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (!/^(upgrade|http2-settings)$/i.test(name)) text += `${name}: ${rawHeaders[i + 1]}\r\n`;
  }
  const isSecure = socket instanceof TLSSocket;
  server.emit(isSecure ? 'secureConnection' : 'connection', socket);
  socket.unshift(Buffer.concat([Buffer.from(`${text}\r\n`, 'latin1'), head]));
}

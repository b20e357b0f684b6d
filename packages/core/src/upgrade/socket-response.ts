import type { Duplex } from 'node:stream';

/** Ignores a socket's errors, such as a reset. Its `close` event reports that the client left. */
export function ignoreErrors(socket: Duplex): void {
  socket.on('error', ignore);
}

function ignore(): void {}

/** Answers an upgrade that has no response object, and closes its socket. */
export function respondOnSocket(socket: Duplex, status: '404 Not Found' | '500 Internal Server Error'): void {
  ignoreErrors(socket);
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}

import type { Duplex } from 'node:stream';

/** A client that leaves is no error; who cares hears of it by the socket's close. */
export function ignoreErrors(socket: Duplex): void {
  socket.on('error', leaves);
}

function leaves(): void {}

/** Answers a request for which there is no response, and closes. */
export function respondOnSocket(socket: Duplex, status: '404 Not Found' | '500 Internal Server Error'): void {
  ignoreErrors(socket);
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}

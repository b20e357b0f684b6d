import type { Duplex } from 'node:stream';
import { whenEarlierResponsesEnd } from './pipelining';

/** Ignores a socket's errors, such as a reset. Its `close` event reports that the client left. */
export function ignoreErrors(socket: Duplex): void {
  if (socket.listenerCount('error', ignore) === 0) socket.on('error', ignore);
}

/** Ends that, since a socket with several listeners takes more memory. Another one is there now. */
export function stopIgnoringErrors(socket: Duplex): void {
  socket.off('error', ignore);
}

function ignore(): void {}

/**
 * Answers an upgrade that has no response object when it is its turn (RFC 9112, 9.3.2), and closes
 * its socket.
 */
export function respondOnSocket(socket: Duplex, status: '404 Not Found' | typeof tooManyHeaders): void {
  ignoreErrors(socket);
  const head = `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
  whenEarlierResponsesEnd(socket, () => socket.end(head, () => socket.destroy()));
}

/** The status of a request with more headers than Node collects (RFC 6585, 5). */
export const tooManyHeaders = '431 Request Header Fields Too Large';

import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { ignoreErrors, respondOnSocket } from './socket-response';

/**
 * Answers a 503 if the app does not answer an upgrade in time. The caller clears the timer when the
 * response has ended, or the socket has closed.
 */
export function limitHandshake(response: ServerResponse, socket: Duplex, ms: number): NodeJS.Timeout {
  return setTimeout(answerTooLate, ms, response, socket).unref();
}

function answerTooLate(response: ServerResponse, socket: Duplex): void {
  if (socket.destroyed || response.headersSent) return;
  response.statusCode = 503;
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.setHeader('Retry-After', '3');
  response.end('The upgrade took too long.\n');
  // Middleware that wraps `end`, as sessions do, may be the one that hangs.
  if (!response.writableEnded || response.destroyed) socket.destroy();
}

/** Answers a 404 to an upgrade for other libraries if none of them writes anything in time. */
export function limitUnclaimed(socket: Duplex, ms: number): void {
  ignoreErrors(socket);
  const { bytesWritten } = socket as Socket;
  const timer = setTimeout(() => {
    socket.off('close', stop);
    if (!socket.destroyed && (socket as Socket).bytesWritten === bytesWritten) {
      respondOnSocket(socket, '404 Not Found');
    }
  }, ms).unref();
  const stop = () => clearTimeout(timer);
  socket.once('close', stop);
}

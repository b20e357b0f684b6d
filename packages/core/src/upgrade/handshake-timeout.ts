import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { ignoreErrors, respondOnSocket } from './socket-response';

/**
 * Answers a 503 if the app does not answer an upgrade in time.
 *
 * @returns a function that cancels the timeout.
 */
export function limitHandshake(response: ServerResponse, socket: Duplex, ms: number): () => void {
  return after(socket, ms, () => {
    if (response.headersSent) return;
    response.statusCode = 503;
    response.setHeader('Content-Type', 'text/plain; charset=utf-8');
    response.setHeader('Retry-After', '3');
    response.end('The upgrade took too long.\n');
    // Middleware that wraps `end`, as sessions do, may be the one that hangs.
    if (!response.writableEnded || response.destroyed) socket.destroy();
  });
}

/** Answers a 404 to an upgrade for other libraries if none of them writes anything in time. */
export function limitUnclaimed(socket: Duplex, ms: number): void {
  ignoreErrors(socket);
  const { bytesWritten } = socket as Socket;
  after(socket, ms, () => {
    if ((socket as Socket).bytesWritten === bytesWritten) respondOnSocket(socket, '404 Not Found');
  });
}

/** Acts after `ms` milliseconds, unless the socket closes or the returned function is called. */
function after(socket: Duplex, ms: number, act: () => void): () => void {
  const timer = setTimeout(() => {
    stop();
    if (!socket.destroyed) act();
  }, ms);
  timer.unref();
  const stop = () => {
    clearTimeout(timer);
    socket.off('close', stop);
  };
  socket.once('close', stop);
  return stop;
}

import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { ignoreErrors, respondOnSocket } from './socket-response';

/** Answers 503 when the app has not answered an upgrade in time. Returns a function that stops the timeout. */
export function limitHandshake(response: ServerResponse, socket: Duplex, ms: number): () => void {
  return after(socket, ms, () => {
    if (response.headersSent) return;
    response.statusCode = 503;
    response.setHeader('Content-Type', 'text/plain; charset=utf-8');
    response.end('The upgrade took too long.\n');
    // Middleware that saves something first may be what hangs.
    if (!response.writableEnded || response.destroyed) socket.destroy();
  });
}

/** Answers with 404 an upgrade that was left to others, if none of them has written anything by then. */
export function limitUnclaimed(socket: Duplex, ms: number): void {
  ignoreErrors(socket);
  const before = (socket as Socket).bytesWritten;
  after(socket, ms, () => {
    if ((socket as Socket).bytesWritten === before) respondOnSocket(socket, '404 Not Found');
  });
}

/** Acts after a time, unless the socket is closed before or it is stopped. */
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

import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Stops waiting. */
export type GiveUp = () => void;

/** Bounds the time in which an app must answer an upgrade: then it is answered with 503. */
export function giveUpOn(response: ServerResponse, socket: Duplex, ms: number): GiveUp {
  const timer = setTimeout(() => {
    if (socket.destroyed || response.headersSent) return;
    response.statusCode = 503;
    response.setHeader('Content-Type', 'text/plain; charset=utf-8');
    response.end('The upgrade took too long.\n');
    // Middleware that saves something first may be what hangs.
    if (!response.writableEnded) socket.destroy();
  }, ms);
  timer.unref();
  const stop = () => {
    clearTimeout(timer);
    socket.off('close', stop);
  };
  socket.once('close', stop);
  return stop;
}

/** Answers with 404 an upgrade that was left to others, if none of them has written anything by then. */
export function endForgotten(socket: Duplex, ms: number): void {
  const before = (socket as Socket).bytesWritten;
  const timer = setTimeout(() => {
    socket.off('close', stop);
    if ((socket as Socket).bytesWritten !== before || socket.destroyed) return;
    answerNotFound(socket);
  }, ms);
  timer.unref();
  const stop = () => clearTimeout(timer);
  socket.once('close', stop);
}

export function answerNotFound(socket: Duplex): void {
  socket.on('error', () => socket.destroy());
  socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n', () => socket.destroy());
}

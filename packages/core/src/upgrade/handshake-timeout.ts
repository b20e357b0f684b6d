import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { answerBare, ignoreLeaving } from './bare-answer';

/** Stops waiting. */
export type GiveUp = () => void;

/** Bounds the time in which an app must answer an upgrade: then it is answered with 503. */
export function giveUpOn(response: ServerResponse, socket: Duplex, ms: number): GiveUp {
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
export function endForgotten(socket: Duplex, ms: number): void {
  ignoreLeaving(socket);
  const before = (socket as Socket).bytesWritten;
  after(socket, ms, () => {
    if ((socket as Socket).bytesWritten === before) answerBare(socket, '404 Not Found');
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

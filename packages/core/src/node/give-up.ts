import type { ServerResponse } from 'node:http';
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

import type { Duplex } from 'node:stream';
import { currentResponseOf } from '../node-internals';

/**
 * Acts when all earlier requests of a connection are answered. HTTP/1.1 lets a client send the next
 * request before that, and Node emits `upgrade` at once.
 */
export function whenEarlierResponsesEnd(socket: Duplex, act: () => void): void {
  const earlier = currentResponseOf(socket);
  if (!earlier) {
    act();
    return;
  }
  earlier.once('close', () => {
    setImmediate(() => {
      if (!socket.destroyed) whenEarlierResponsesEnd(socket, act);
    });
  });
}

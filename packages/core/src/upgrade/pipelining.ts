import type { Duplex } from 'node:stream';
import { currentResponseOf } from '../node-internals';

/**
 * Acts when the responses to all requests are out that came before on the same connection: HTTP/1.1 lets a client send the
 * next request without waiting, and Node gives an upgrade out of its turn.
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

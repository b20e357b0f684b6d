import type { Duplex } from 'node:stream';
import { currentResponseOf } from '../node-internals/responses';
import { captureContext } from '../time/async-context';

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
  // The end of a response comes in the context of its own request.
  const inContext = captureContext();
  earlier.once('close', () => {
    setImmediate(() => {
      if (!socket.destroyed) inContext(() => whenEarlierResponsesEnd(socket, act));
    });
  });
}

import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/**
 * Acts when the responses to all requests are out that came before on the same connection: HTTP/1.1 lets a client send the
 * next request without waiting, and Node gives an upgrade out of its turn.
 */
export function afterEarlierResponses(socket: Duplex, act: () => void): void {
  const { _httpMessage: earlier } = socket as { _httpMessage?: ServerResponse | null };
  if (!earlier) {
    act();
    return;
  }
  earlier.once('close', () => {
    setImmediate(() => {
      if (!socket.destroyed) afterEarlierResponses(socket, act);
    });
  });
}

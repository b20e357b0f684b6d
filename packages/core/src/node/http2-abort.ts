import type { EventEmitter } from 'node:events';

type Stream = EventEmitter & { destroy(): unknown };

/**
 * Ends a stream that the client has reset while bytes were on their way. Node leaves it open where the reset said no error,
 * and waits for those bytes as long as the session lives.
 */
export function endWhenAborted(stream: Stream): void {
  stream.once('aborted', destroy);
}

function destroy(this: Stream): void {
  this.destroy();
}

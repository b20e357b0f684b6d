import type { EventEmitter } from 'node:events';

type AbortableStream = EventEmitter & { destroy(): unknown };

/**
 * Destroys an HTTP/2 stream that the client resets while bytes are on their way. After a reset
 * without an error, Node would keep it open and wait for those bytes as long as the session lives.
 */
export function destroyWhenAborted(stream: AbortableStream): void {
  stream.once('aborted', destroySelf);
}

function destroySelf(this: AbortableStream): void {
  this.destroy();
}

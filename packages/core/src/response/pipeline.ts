import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { onSocketAssigned } from '../node-internals/responses';

/**
 * Requests that may wait on one connection behind one that is not answered. With one more, the
 * connection is closed: an answer would have to wait as well. Browsers and proxies send none.
 */
export const maxPipelined = 32;

/** The responses that wait on one connection. */
class Pipeline {
  readonly #waiting = new Set<() => void>();

  constructor(readonly socket: Socket) {}

  wait(response: ServerResponse): Promise<void> {
    if (this.#waiting.size === 0) this.socket.on('close', this.#onClose);
    if (this.#waiting.size >= maxPipelined) this.socket.destroy();
    return new Promise((resolve) => {
      this.#waiting.add(resolve);
      onSocketAssigned(response, () => {
        this.#waiting.delete(resolve);
        if (this.#waiting.size === 0) this.socket.off('close', this.#onClose);
        resolve();
      });
    });
  }

  /** Node tells only the first response of a connection that it has closed. */
  readonly #onClose = (): void => {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  };
}

const pipelines = new WeakMap<Socket, Pipeline>();

/**
 * Waits until all earlier requests of an HTTP/1.1 connection are answered. HTTP/1.1 lets a client
 * send the next request before that (RFC 9112, 9.3.2), and Node then makes responses that have no
 * socket. If they were connections already, one client could fill a hub by a few kilobytes.
 *
 * @returns `undefined` if there is nothing to wait for. The promise also resolves when the
 * connection closes.
 */
export function whenFirst(response: ServerResponse): Promise<void> | undefined {
  if (response.socket !== null) return undefined;
  const { req, writableEnded } = response;
  const connection = req.socket;
  if (req.httpVersionMajor > 1 || writableEnded || connection.destroyed) return undefined;
  const pipeline = pipelines.get(connection) ?? new Pipeline(connection);
  pipelines.set(connection, pipeline);
  return pipeline.wait(response);
}

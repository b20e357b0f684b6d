import { PushwireError } from '../wire/error.js';
import {
  type TransportConnection,
  type TransportListener,
  type TransportRequest,
  toPushwireError,
} from './transport.js';

/** Makes one request, and settles at the end of its response. */
export type Fetch = (url: string, onBytes: (bytes: Uint8Array) => void, cache?: RequestCache) => Promise<void>;

/** Opens a connection that consists of requests: it lives until `run` settles. */
export function fetchConnection(
  { fetch }: TransportRequest,
  { onFrame, onClose }: TransportListener,
  run: (fetch: Fetch, signal: AbortSignal) => Promise<void>,
): TransportConnection {
  const controller = new AbortController();
  const { signal } = controller;

  const fetchBody: Fetch = async (url, onBytes, cache = 'no-store') => {
    const { body } = await fetch(url, { cache, signal });
    const reader = (body as ReadableStream<Uint8Array>).getReader();
    for (let piece = await reader.read(); piece.value; piece = await reader.read()) {
      // All bytes are a sign of life.
      onFrame();
      onBytes(piece.value);
    }
  };

  run(fetchBody, signal)
    .catch(toPushwireError)
    .then((error) => signal.aborted || onClose(error ?? new PushwireError('network')));
  return { close: () => controller.abort() };
}

import {
  type TransportConnection,
  type TransportListener,
  type TransportRequest,
  toPushwireError,
} from './transport.js';

/** Makes one request for a media type, and settles at the end of its response. */
export type Fetch = (
  url: string,
  accept: string,
  onText: (text: string) => void,
  cache?: RequestCache,
) => Promise<void>;

/** Opens a connection that consists of requests: it lives until `run` settles. */
export function fetchConnection(
  { fetch }: TransportRequest,
  { onFrame, onClose }: TransportListener,
  run: (fetch: Fetch, signal: AbortSignal) => Promise<void>,
): TransportConnection {
  const controller = new AbortController();
  const { signal } = controller;

  const fetchBody: Fetch = async (url, accept, onText, cache = 'no-store') => {
    const response = await fetch(url, accept, { cache, signal });
    const reader = response.body?.getReader();
    // React Native has no streams.
    if (!reader) return onText(await response.text());
    const decoder = new TextDecoder();
    for (let piece: Uint8Array | undefined; (piece = (await reader.read()).value); ) {
      // All bytes are a sign of life.
      onFrame();
      onText(decoder.decode(piece, { stream: true }));
    }
  };

  const settled = (cause?: unknown) => signal.aborted || onClose(toPushwireError(cause));
  run(fetchBody, signal).then(settled, settled);
  return { close: () => controller.abort() };
}

import { PushwireError } from '../wire/error.js';
import { failureOf, type Link, type TransportListener, type TransportRequest } from './transport.js';

/** Asks, and hands on the answer's bytes as they come. */
export type Ask = (address: string, take: (bytes: Uint8Array) => void, cache?: RequestCache) => Promise<void>;

/** A connection that is made of requests: runs `talk` until it is over, and tells how. */
export function requesting(
  { fetch }: TransportRequest,
  { hear, over }: TransportListener,
  talk: (ask: Ask, signal: AbortSignal) => Promise<void>,
): Link {
  const controller = new AbortController();
  const { signal } = controller;

  const ask: Ask = async (address, take, cache = 'no-store') => {
    const { body } = await fetch(address, { cache, signal });
    const reader = (body as ReadableStream<Uint8Array>).getReader();
    for (let piece = await reader.read(); piece.value; piece = await reader.read()) {
      // Each is a sign of life.
      hear();
      take(piece.value);
    }
  };

  talk(ask, signal)
    .catch(failureOf)
    .then((failure) => signal.aborted || over(failure ?? new PushwireError('network')));
  return { close: () => controller.abort() };
}

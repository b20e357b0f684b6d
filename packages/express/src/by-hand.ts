import type { IncomingMessage, ServerResponse } from 'node:http';
import { type OpenStream, type OpenStreamOptions, openStream as openStreamFor } from '@pushwire/core';
import { framework } from './framework';

/**
 * Opens a stream that the app writes to by hand, over the transport that the client asks for or
 * that `options` names. The head is sent at once.
 *
 * A client that has left, or that the hub refuses, gets a stream that is closed already, with its
 * `reason`. So an app need not look.
 *
 * @throws TypeError for an option that does not fit, and for a response whose head is sent.
 * @throws PushwireError with a `status` for a request that gets no stream: `not-acceptable`,
 * `bad-request`, `forbidden` and others. Express 5 answers with it when the handler rejects. With
 * Express 4, pass it to `next`.
 * @example
 * ```ts
 * import { openStream } from '@pushwire/express';
 * import express from 'express';
 *
 * const app = express();
 * app.get('/ticks', async (request, response) => {
 *   const stream = await openStream(request, response);
 *   const timer = setInterval(() => stream.send({ now: Date.now() }, { event: 'tick' }), 1000);
 *   stream.signal.addEventListener('abort', () => clearInterval(timer));
 * });
 * app.listen(3000);
 * ```
 */
export function openStream<R extends IncomingMessage>(
  request: R,
  response: ServerResponse,
  options?: OpenStreamOptions<R>,
): Promise<OpenStream> {
  return openStreamFor(request, response, options, request, framework);
}

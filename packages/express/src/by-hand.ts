import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type OpenPoll,
  type OpenPollOptions,
  type OpenStream,
  type OpenStreamOptions,
  openPoll as openPollFor,
  openStream as openStreamFor,
} from '@pushwire/core';
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
 *   stream.closed.then(() => clearInterval(timer));
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

/**
 * Opens a poll that the app answers by hand: a long poll, which it answers as soon as there is
 * something, or an interval poll, which it answers at once. A poll that the app has not answered
 * when its wait is over is answered without a message.
 *
 * A client that has left, or that the hub refuses, gets a poll that is closed already, with its
 * `reason`. So an app need not look.
 *
 * @throws TypeError for an option that does not fit, and for a response whose head is sent.
 * @throws PushwireError with a `status` for a request that gets no poll: `not-acceptable`,
 * `bad-request` and `forbidden`. Express 5 answers with it when the handler rejects. With Express
 * 4, pass it to `next`.
 * @example
 * ```ts
 * import { type OpenPoll, openPoll } from '@pushwire/express';
 * import express from 'express';
 *
 * const waiting = new Set<OpenPoll>();
 * const app = express();
 * app.get('/news', async (request, response) => {
 *   const poll = await openPoll(request, response);
 *   waiting.add(poll);
 *   poll.closed.then(() => waiting.delete(poll));
 * });
 * app.post('/news', express.json(), (request, response) => {
 *   for (const poll of waiting) poll.answer({ data: request.body });
 *   waiting.clear();
 *   response.sendStatus(204);
 * });
 * app.listen(3000);
 * ```
 */
export function openPoll<R extends IncomingMessage>(
  request: R,
  response: ServerResponse,
  options?: OpenPollOptions<R>,
): Promise<OpenPoll> {
  return openPollFor(request, response, options, request, framework);
}

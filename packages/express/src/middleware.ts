import type { IncomingMessage } from 'node:http';
import {
  type CometOptions,
  type LongPollOptions,
  type NdjsonOptions,
  type PollOptions,
  type PushOptions,
  type Source,
  type SseOptions,
  serveComet,
  serveLongPoll,
  serveNdjson,
  servePoll,
  servePush,
  serveSse,
} from '@pushwire/core';
import { type AnyRequest, framework, type Handler, handler } from './framework';

/**
 * Serves a source over the transport that each request asks for, by `?transport=` or by its
 * `Accept` header: Server-Sent Events, WebSocket, long or interval polling, comet, or
 * newline-delimited JSON.
 *
 * An error of the source before the first byte goes to `next`. Later errors go to `onError`.
 *
 * @param source a channel, several channels, an async generator, or a function of the request that
 * returns one of them. Its route parameters are strings, unless it annotates the request:
 * `(request: Request<{ path: string[] }>) => …`.
 * @throws TypeError for a source or an option that does not fit.
 * @example
 * ```ts
 * import { createHub, push } from '@pushwire/express';
 * import express from 'express';
 *
 * const hub = createHub();
 * const app = express();
 * app.get('/rooms/:room', push((request) => hub.channel(`room:${request.params.room}`)));
 * app.listen(3000);
 * ```
 */
export function push<R extends IncomingMessage = AnyRequest>(source: Source<R>, options?: PushOptions<R>): Handler {
  return handler(servePush(source, options, framework));
}

/**
 * Serves a source as Server-Sent Events, which browsers read by `EventSource`.
 *
 * An error of the source before the first byte goes to `next`. Later errors go to `onError`.
 *
 * @param source a channel, several channels, an async generator, or a function of the request that
 * returns one of them.
 * @throws TypeError for a source or an option that does not fit.
 * @example
 * ```ts
 * import { createHub, sse } from '@pushwire/express';
 * import express from 'express';
 *
 * const news = createHub().channel('news');
 * const app = express();
 * app.get('/news', sse(news));
 * app.listen(3000);
 * ```
 */
export function sse<R extends IncomingMessage = AnyRequest>(source: Source<R>, options?: SseOptions<R>): Handler {
  return handler(serveSse(source, options, framework));
}

/**
 * Serves channels by long polling: each request is answered as soon as there is a message after its
 * cursor, or when `wait` is over. An async generator cannot be polled.
 *
 * An error of a function source goes to `next`.
 *
 * @param source a channel, several channels, or a function of the request that returns one of them.
 * @throws TypeError for a source or an option that does not fit.
 * @example
 * ```ts
 * import { createHub, longPoll } from '@pushwire/express';
 * import express from 'express';
 *
 * const news = createHub().channel('news');
 * const app = express();
 * app.get('/news', longPoll(news, { wait: 20000 }));
 * app.listen(3000);
 * ```
 */
export function longPoll<R extends IncomingMessage = AnyRequest>(
  source: Source<R>,
  options?: LongPollOptions<R>,
): Handler {
  return handler(serveLongPoll(source, options, framework));
}

/**
 * Serves channels by interval polling: each request is answered at once, with the messages after
 * its cursor. An async generator cannot be polled.
 *
 * An error of a function source goes to `next`.
 *
 * @param source a channel, several channels, or a function of the request that returns one of them.
 * @throws TypeError for a source or an option that does not fit.
 * @example
 * ```ts
 * import { createHub, poll } from '@pushwire/express';
 * import express from 'express';
 *
 * const news = createHub().channel('news');
 * const app = express();
 * app.get('/news', poll(news, { interval: 5000 }));
 * app.listen(3000);
 * ```
 */
export function poll<R extends IncomingMessage = AnyRequest>(source: Source<R>, options?: PollOptions<R>): Handler {
  return handler(servePoll(source, options, framework));
}

/**
 * Serves a source as the endless document of an iframe ("forever iframe"), for browsers without
 * `EventSource`. Its scripts call a function of the page around it.
 *
 * An error of the source before the first byte goes to `next`. Later errors go to `onError`.
 *
 * @param source a channel, several channels, an async generator, or a function of the request that
 * returns one of them.
 * @throws TypeError for a source or an option that does not fit.
 * @example
 * ```ts
 * import { comet, createHub } from '@pushwire/express';
 * import express from 'express';
 *
 * const news = createHub().channel('news');
 * const app = express();
 * app.get('/frame', comet(news, { callback: 'app.onNews' }));
 * app.listen(3000);
 * ```
 */
export function comet<R extends IncomingMessage = AnyRequest>(source: Source<R>, options?: CometOptions<R>): Handler {
  return handler(serveComet(source, options, framework));
}

/**
 * Serves a source as newline-delimited JSON, for clients that are programs.
 *
 * An error of the source before the first byte goes to `next`. Later errors go to `onError`.
 *
 * @param source a channel, several channels, an async generator, or a function of the request that
 * returns one of them.
 * @throws TypeError for a source or an option that does not fit.
 * @example
 * ```ts
 * import { ndjson } from '@pushwire/express';
 * import express from 'express';
 *
 * async function* count() {
 *   for (let n = 1; n <= 3; n++) yield { data: { n } };
 * }
 * express().get('/count', ndjson(() => count())).listen(3000);
 * ```
 */
export function ndjson<R extends IncomingMessage = AnyRequest>(source: Source<R>, options?: NdjsonOptions<R>): Handler {
  return handler(serveNdjson(source, options, framework));
}

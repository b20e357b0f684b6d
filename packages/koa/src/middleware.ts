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
import type { Middleware, ParameterizedContext } from 'koa';
import { framework, middleware, pollMiddleware } from './framework';

/**
 * Serves a source over the transport that each request asks for, by `?transport=` or by its
 * `Accept` header: Server-Sent Events, WebSocket, long or interval polling, comet, or
 * newline-delimited JSON.
 *
 * The middleware settles when the connection is closed, so code after `await next()` runs then. It
 * throws an error of the source before the first byte. Later errors go to `onError`, or to the
 * app's `error` event.
 *
 * @param source a channel, several channels, an async generator, or a function of the context that
 * returns one of them.
 * @throws TypeError for a source or an option that does not fit.
 * @example
 * ```ts
 * import Router from '@koa/router';
 * import { createHub, push } from '@pushwire/koa';
 * import Koa from 'koa';
 *
 * const hub = createHub();
 * const router = new Router();
 * router.get('/rooms/:room', push((ctx) => hub.channel(`room:${ctx.params.room}`)));
 * new Koa().use(router.routes()).listen(3000);
 * ```
 */
export function push<C extends ParameterizedContext = ParameterizedContext>(
  source: Source<C>,
  options?: PushOptions<C>,
): Middleware {
  return middleware(servePush(source, options, framework));
}

/**
 * Serves a source as Server-Sent Events, which browsers read by `EventSource`.
 *
 * The middleware settles when the connection is closed. It throws an error of the source before the
 * first byte. Later errors go to `onError`, or to the app's `error` event.
 *
 * @param source a channel, several channels, an async generator, or a function of the context that
 * returns one of them.
 * @throws TypeError for a source or an option that does not fit.
 * @example
 * ```ts
 * import Router from '@koa/router';
 * import { createHub, sse } from '@pushwire/koa';
 * import Koa from 'koa';
 *
 * const news = createHub().channel('news');
 * const router = new Router();
 * router.get('/news', sse(news));
 * new Koa().use(router.routes()).listen(3000);
 * ```
 */
export function sse<C extends ParameterizedContext = ParameterizedContext>(
  source: Source<C>,
  options?: SseOptions<C>,
): Middleware {
  return middleware(serveSse(source, options, framework));
}

/**
 * Serves channels by long polling: each request is answered as soon as there is a message after its
 * cursor, or when `wait` is over. An async generator cannot be polled.
 *
 * The middleware settles when the request is answered. It throws an error of a function source.
 *
 * @param source a channel, several channels, or a function of the context that returns one of them.
 * @throws TypeError for a source or an option that does not fit.
 * @example
 * ```ts
 * import Router from '@koa/router';
 * import { createHub, longPoll } from '@pushwire/koa';
 * import Koa from 'koa';
 *
 * const news = createHub().channel('news');
 * const router = new Router();
 * router.get('/news', longPoll(news, { wait: 20000 }));
 * new Koa().use(router.routes()).listen(3000);
 * ```
 */
export function longPoll<C extends ParameterizedContext = ParameterizedContext>(
  source: Source<C>,
  options?: LongPollOptions<C>,
): Middleware {
  return pollMiddleware(serveLongPoll(source, options, framework));
}

/**
 * Serves channels by interval polling: each request is answered at once, with the messages after
 * its cursor. An async generator cannot be polled.
 *
 * The middleware throws an error of a function source.
 *
 * @param source a channel, several channels, or a function of the context that returns one of them.
 * @throws TypeError for a source or an option that does not fit.
 * @example
 * ```ts
 * import Router from '@koa/router';
 * import { createHub, poll } from '@pushwire/koa';
 * import Koa from 'koa';
 *
 * const news = createHub().channel('news');
 * const router = new Router();
 * router.get('/news', poll(news, { interval: 5000 }));
 * new Koa().use(router.routes()).listen(3000);
 * ```
 */
export function poll<C extends ParameterizedContext = ParameterizedContext>(
  source: Source<C>,
  options?: PollOptions<C>,
): Middleware {
  return pollMiddleware(servePoll(source, options, framework));
}

/**
 * Serves a source as the endless document of an iframe ("forever iframe"), for browsers without
 * `EventSource`. Its scripts call a function of the page around it.
 *
 * The middleware settles when the connection is closed. It throws an error of the source before the
 * first byte. Later errors go to `onError`, or to the app's `error` event.
 *
 * @param source a channel, several channels, an async generator, or a function of the context that
 * returns one of them.
 * @throws TypeError for a source or an option that does not fit.
 * @example
 * ```ts
 * import Router from '@koa/router';
 * import { comet, createHub } from '@pushwire/koa';
 * import Koa from 'koa';
 *
 * const news = createHub().channel('news');
 * const router = new Router();
 * router.get('/frame', comet(news, { callback: 'app.onNews' }));
 * new Koa().use(router.routes()).listen(3000);
 * ```
 */
export function comet<C extends ParameterizedContext = ParameterizedContext>(
  source: Source<C>,
  options?: CometOptions<C>,
): Middleware {
  return middleware(serveComet(source, options, framework));
}

/**
 * Serves a source as newline-delimited JSON, for clients that are programs.
 *
 * The middleware settles when the connection is closed. It throws an error of the source before the
 * first byte. Later errors go to `onError`, or to the app's `error` event.
 *
 * @param source a channel, several channels, an async generator, or a function of the context that
 * returns one of them.
 * @throws TypeError for a source or an option that does not fit.
 * @example
 * ```ts
 * import { ndjson } from '@pushwire/koa';
 * import Koa from 'koa';
 *
 * async function* count() {
 *   for (let n = 1; n <= 3; n++) yield { data: { n } };
 * }
 * new Koa().use(ndjson(() => count())).listen(3000);
 * ```
 */
export function ndjson<C extends ParameterizedContext = ParameterizedContext>(
  source: Source<C>,
  options?: NdjsonOptions<C>,
): Middleware {
  return middleware(serveNdjson(source, options, framework));
}

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
import { framework, middleware } from './serving';

// All of these are middleware for Koa 2 and 3 that serves a source: a channel, several channels, an async generator, or a
// function of the context that gives one of them. It settles when the response is over, so that the middleware before it
// runs its second half then. What a source throws before the first byte is thrown; what it throws later is the app's
// `error` event, unless `onError` is given. Each throws a TypeError for a source or an option that does not fit.

/** Whichever transport the request asks for, by `?transport=` or by its `Accept` header. */
export function push<C extends ParameterizedContext = ParameterizedContext>(
  source: Source<C>,
  options?: PushOptions<C>,
): Middleware {
  return middleware(servePush(source, options, framework));
}

/** Server-Sent Events. */
export function sse<C extends ParameterizedContext = ParameterizedContext>(
  source: Source<C>,
  options?: SseOptions<C>,
): Middleware {
  return middleware(serveSse(source, options, framework));
}

/** Long polling: the answer comes as soon as there is a message. */
export function longPoll<C extends ParameterizedContext = ParameterizedContext>(
  source: Source<C>,
  options?: LongPollOptions<C>,
): Middleware {
  return middleware(serveLongPoll(source, options, framework));
}

/** Interval polling: the answer comes at once. */
export function poll<C extends ParameterizedContext = ParameterizedContext>(
  source: Source<C>,
  options?: PollOptions<C>,
): Middleware {
  return middleware(servePoll(source, options, framework));
}

/** The forever iframe. */
export function comet<C extends ParameterizedContext = ParameterizedContext>(
  source: Source<C>,
  options?: CometOptions<C>,
): Middleware {
  return middleware(serveComet(source, options, framework));
}

/** Newline-delimited JSON. */
export function ndjson<C extends ParameterizedContext = ParameterizedContext>(
  source: Source<C>,
  options?: NdjsonOptions<C>,
): Middleware {
  return middleware(serveNdjson(source, options, framework));
}

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
import { type AnyRequest, framework, type Handler, handler } from './handler';

// All of these are middleware for Express 4 and 5 that serves a source: a channel, several channels, an async generator,
// or a function of the request that gives one of them. What a source throws before the first byte goes to `next`. Each
// throws a TypeError for a source or an option that does not fit.
//
// The route's path does not reach the types of a function source, so every parameter is a string to it unless the request
// is annotated: `(request: Request<{ path: string[] }>) => …`.

/** Whichever transport the request asks for, by `?transport=` or by its `Accept` header. */
export function push<R extends IncomingMessage = AnyRequest>(source: Source<R>, options?: PushOptions<R>): Handler {
  return handler(servePush(source, options, framework));
}

/** Server-Sent Events. */
export function sse<R extends IncomingMessage = AnyRequest>(source: Source<R>, options?: SseOptions<R>): Handler {
  return handler(serveSse(source, options, framework));
}

/** Long polling: the answer comes as soon as there is a message. */
export function longPoll<R extends IncomingMessage = AnyRequest>(
  source: Source<R>,
  options?: LongPollOptions<R>,
): Handler {
  return handler(serveLongPoll(source, options, framework));
}

/** Interval polling: the answer comes at once. */
export function poll<R extends IncomingMessage = AnyRequest>(source: Source<R>, options?: PollOptions<R>): Handler {
  return handler(servePoll(source, options, framework));
}

/** The forever iframe. */
export function comet<R extends IncomingMessage = AnyRequest>(source: Source<R>, options?: CometOptions<R>): Handler {
  return handler(serveComet(source, options, framework));
}

/** Newline-delimited JSON. */
export function ndjson<R extends IncomingMessage = AnyRequest>(source: Source<R>, options?: NdjsonOptions<R>): Handler {
  return handler(serveNdjson(source, options, framework));
}

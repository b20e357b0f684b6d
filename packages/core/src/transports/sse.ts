import { checkOptions } from '../checks/check-options';
import type { Encoder } from '../encoders/encoder';
import { sseEncoder, sseFramesEncoder } from '../encoders/sse';
import type { Exchange } from '../http/exchange';
import type { Framework } from '../http/framework';
import { asksForFrames } from '../http/query';
import { type Serve, serveSource } from '../http/serve';
import type { Source } from '../http/source';
import { streaming } from './streaming';
import { type StreamOptions, streamChecks } from './streaming-options';

/** Options of `sse()`. */
export type SseOptions<Request> = StreamOptions<Request>;

/**
 * Makes a function that serves a source as Server-Sent Events. Every adapter's `sse()` wraps it.
 *
 * The promise of the function rejects with the error of a function source, or of an async generator
 * before its first message. Nothing has been sent then, so the framework's error handling can
 * answer. Later errors go to `onError`.
 *
 * @param framework the parts of a web framework. Defaults to those of bare `node:http`.
 * @throws TypeError for a source or an option that does not fit.
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { createHub, serveSse } from '@pushwire/core';
 *
 * const news = createHub().channel('news');
 * const serve = serveSse(news, { heartbeat: 10000 });
 * createServer((request, response) => {
 *   serve(request, response, request).catch(() => response.writeHead(500).end());
 * }).listen(3000);
 * ```
 */
export function serveSse<Request>(
  source: Source<Request>,
  options?: SseOptions<Request>,
  framework: Framework<Request> = {},
): Serve<Request> {
  const checked = checkOptions<SseOptions<Request>>('sse', options, streamChecks);
  const defaultOnError = framework.onError;
  return serveSource(source, streaming({ options: checked, defaultOnError, encoderOf: sseEncoderOf }), framework);
}

/** Clients that ask for `pushwire.v1` get frames, which keep the kind of the data. */
export function sseEncoderOf<Request>({ query }: Exchange<Request>): Encoder {
  return asksForFrames(query) ? sseFramesEncoder : sseEncoder;
}

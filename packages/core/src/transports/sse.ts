import { checkOptions } from '../checks/check-options';
import type { Encoder } from '../encoders/encoder';
import { sseEncoder } from '../encoders/sse';
import { sseFramesEncoder } from '../encoders/sse-frames';
import type { Exchange } from '../http/exchange';
import type { Framework } from '../http/framework';
import { asksForFrames } from '../http/query';
import { type Serve, serveSource } from '../http/serve';
import type { Source } from '../http/source';
import { type StreamOptions, streamChecks, streaming } from './streaming';

/** Options of `sse()`. */
export type SseOptions<Request> = StreamOptions<Request>;

/**
 * The heart of every adapter's `sse()`: a function that serves a source as Server-Sent Events.
 *
 * The promise that it returns rejects with what a source function threw, or an async generator before its first message:
 * nothing has been sent then, and the framework's error handling answers.
 *
 * @param framework what the adapter gives.
 * @throws TypeError for a source or an option that does not fit.
 */
export function serveSse<Request>(
  source: Source<Request>,
  options?: SseOptions<Request>,
  framework: Framework<Request> = {},
): Serve<Request> {
  const given = checkOptions<SseOptions<Request>>('sse', options, streamChecks);
  const defaultOnError = framework.onError;
  return serveSource(source, streaming({ options: given, defaultOnError, encoderOf: sseEncoderOf }), framework);
}

/** Whoever asks for `pushwire.v1` gets frames, so that data keeps its kind. */
export function sseEncoderOf<Request>({ query }: Exchange<Request>): Encoder {
  return asksForFrames(query) ? sseFramesEncoder : sseEncoder;
}

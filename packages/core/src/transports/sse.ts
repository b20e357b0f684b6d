import { checkOptions } from '../checks/check-options';
import type { Source } from '../http/source';
import { sseWriter } from '../encoders/sse';
import { sseFramesWriter } from '../encoders/sse-frames';
import type { Writer } from '../encoders/encoder';
import type { Framework } from '../http/framework';
import { speaksOurs } from '../http/query';
import { type StreamOptions, streamChecks, streaming } from './streaming';
import { type Serve, type Visit, visiting } from '../http/exchange';

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
  const { logError } = framework;
  return visiting(source, streaming({ options: given, logError, writerOf: sseWriterOf }), framework);
}

/** Whoever asks for `pushwire.v1` gets frames, so that data keeps its kind. */
export function sseWriterOf<Request>({ query }: Visit<Request>): Writer {
  return speaksOurs(query) ? sseFramesWriter : sseWriter;
}

import { checkOptions } from '../options';
import type { Source } from '../source';
import { sseWriter } from '../writers/sse';
import { type LogError, logToConsole, type StreamOptions, streamChecks, streaming } from './streaming';
import { type Serve, visiting } from './visit';

/** Options of `sse()`. */
export type SseOptions<Request> = StreamOptions<Request>;

/**
 * The heart of every adapter's `sse()`: a function that serves a source as Server-Sent Events.
 *
 * The promise that it returns rejects with what a source function threw, or an async generator before its first message:
 * nothing has been sent then, and the framework's error handling answers.
 *
 * @param logError what hears of later errors where the app gave no `onError`.
 * @throws TypeError for a source or an option that does not fit.
 */
export function serveSse<Request>(
  source: Source<Request>,
  options?: SseOptions<Request>,
  logError: LogError<Request> = logToConsole,
): Serve<Request> {
  const given = checkOptions<SseOptions<Request>>('sse', options, streamChecks);
  return visiting(source, streaming({ options: given, logError, writerOf: () => sseWriter }));
}

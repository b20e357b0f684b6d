import { checkOptions } from '../checks/check-options';
import { ndjsonEncoder } from '../encoders/ndjson';
import type { Framework } from '../http/framework';
import { type Serve, serveSource } from '../http/serve';
import type { Source } from '../http/source';
import { type StreamOptions, streamChecks, streaming } from './streaming';

/** Options of `ndjson()`. */
export type NdjsonOptions<Request> = StreamOptions<Request>;

/**
 * The heart of every adapter's `ndjson()`: a function that serves a source as newline-delimited JSON.
 *
 * @see serveSse for what it does with errors.
 * @throws TypeError for a source or an option that does not fit.
 */
export function serveNdjson<Request>(
  source: Source<Request>,
  options?: NdjsonOptions<Request>,
  framework: Framework<Request> = {},
): Serve<Request> {
  const given = checkOptions<NdjsonOptions<Request>>('ndjson', options, streamChecks);
  const defaultOnError = framework.onError;
  return serveSource(source, streaming({ options: given, defaultOnError, encoderOf: () => ndjsonEncoder }), framework);
}

import { checkOptions } from '../checks/check-options';
import { ndjsonEncoder } from '../encoders/ndjson';
import type { Framework } from '../http/framework';
import { type Serve, serveSource } from '../http/serve';
import type { Source } from '../http/source';
import { streaming } from './streaming';
import { type StreamOptions, streamChecks } from './streaming-options';

/** Options of `ndjson()`. */
export type NdjsonOptions<Request> = StreamOptions<Request>;

/**
 * Makes a function that serves a source as newline-delimited JSON. Every adapter's `ndjson()` wraps
 * it. Errors are handled as in `serveSse()`.
 *
 * @param framework the parts of a web framework. Defaults to those of bare `node:http`.
 * @throws TypeError for a source or an option that does not fit.
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { serveNdjson } from '@pushwire/core';
 *
 * const serve = serveNdjson(async function* () {
 *   for (let n = 1; n <= 3; n++) yield { data: { n } };
 * });
 * createServer((request, response) => {
 *   serve(request, response, request).catch(() => response.writeHead(500).end());
 * }).listen(3000);
 * ```
 */
export function serveNdjson<Request>(
  source: Source<Request>,
  options?: NdjsonOptions<Request>,
  framework: Framework<Request> = {},
): Serve<Request> {
  const checked = checkOptions<NdjsonOptions<Request>>('ndjson', options, streamChecks);
  const defaultOnError = framework.onError;
  const transport = streaming({ options: checked, defaultOnError, encoderOf: () => ndjsonEncoder });
  return serveSource(source, transport, framework);
}

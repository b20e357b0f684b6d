import type { Exchange } from './exchange';
import type { SourceContext } from './source';
import { topicsOf } from './topics';

/**
 * Makes what a source learns of an exchange, beside the framework's request.
 *
 * @param topics those of the query unless others are given.
 */
export function sourceContext<Request>(
  { closing, query }: Exchange<Request>,
  lastEventId: string | undefined,
  topics?: readonly string[],
): SourceContext {
  return {
    get signal() {
      return closing.signal;
    },
    lastEventId,
    get topics() {
      return topics ?? topicsOf(query);
    },
  };
}

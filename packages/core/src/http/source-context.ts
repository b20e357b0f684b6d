import type { Exchange } from './exchange';
import type { LazySignal } from './lazy-signal';
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
  return new RequestContext(closing, query, lastEventId, topics);
}

/**
 * A class, since V8 makes a hidden class of its own for each object literal with a getter. That
 * would keep the request until the next full collection.
 */
class RequestContext implements SourceContext {
  readonly #closing: LazySignal;
  readonly #query: URLSearchParams;
  readonly #topics: readonly string[] | undefined;

  constructor(
    closing: LazySignal,
    query: URLSearchParams,
    readonly lastEventId: string | undefined,
    topics: readonly string[] | undefined,
  ) {
    this.#closing = closing;
    this.#query = query;
    this.#topics = topics;
  }

  get signal(): AbortSignal {
    return this.#closing.signal;
  }

  get topics(): readonly string[] {
    return this.#topics ?? topicsOf(this.#query);
  }
}

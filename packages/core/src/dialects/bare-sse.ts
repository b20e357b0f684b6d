import { aBoolean, checkOptions } from '../checks/check-options';
import { type BareFormat, bareFormatOf, bareMessage } from '../encoders/bare-sse';
import type { Dialect } from './dialect';

/** Options of {@link bareSse}. */
export interface BareSseOptions extends BareFormat {
  /**
   * False leaves out the ids of messages. Clients can then neither resume nor be told that they
   * have everything. Defaults to true.
   */
  ids?: boolean;
}

/**
 * Makes the dialect of plain Server-Sent Events: each message is a block with its event's name, its
 * id and its data, and nothing else is sent. A client resumes by `Last-Event-ID`, and gets 204 when
 * it comes back after the end. A source that has not completed cuts the connection.
 *
 * It is for clients that read event streams and take a clean end for the whole, such as
 * `@microsoft/fetch-event-source` or the SDK of Anthropic.
 *
 * @throws TypeError for an unknown option, or one that does not fit.
 * @example
 * ```ts
 * import { createHub, serveSse } from '@pushwire/core';
 * import { bareSse } from '@pushwire/core/dialects';
 *
 * const build = createHub().channel('build');
 * const serve = serveSse(build, { from: 'oldest', dialect: bareSse() });
 * ```
 */
export function bareSse(options: BareSseOptions = {}): Dialect {
  const { ids = true, ...spelling } = options;
  checkOptions<{ ids?: boolean }>('bareSse', { ids }, { ids: aBoolean });
  const format = bareFormatOf(spelling) ?? {};
  return {
    name: 'bare SSE',
    message: ({ text, event, id, retry }) => bareMessage(format, { text, event, id: ids ? id : undefined, retry }),
  };
}

import { dataBlock, jsonBlock } from './data-block';
import type { Dialect } from './dialect';
import { sentenceOf } from './failure-sentence';

/**
 * Makes the dialect of AG-UI, as `HttpAgent` of `@ag-ui/client` reads it. Each message is one
 * event, such as `{ type: 'TEXT_MESSAGE_CONTENT', messageId, delta }`, from `RUN_STARTED` to
 * `RUN_FINISHED`, and has its id, by which a client of TanStack AI resumes. Event names are left
 * out.
 *
 * A run that was stopped, has failed or was lost ends with `RUN_ERROR`, which has the code.
 *
 * @example
 * ```ts
 * import { createHub, serveSse } from '@pushwire/core';
 * import { agUi } from '@pushwire/core/dialects';
 *
 * const agent = createHub().channel('agent');
 * const serve = serveSse(agent, { from: 'oldest', dialect: agUi() });
 * ```
 */
export function agUi(): Dialect {
  return {
    name: 'AG-UI',
    message: ({ text, id }) => (id === undefined ? '' : `id: ${id}\n`) + dataBlock(text),
    error: (failure) => jsonBlock({ type: 'RUN_ERROR', message: sentenceOf(failure), code: failure.code }),
  };
}

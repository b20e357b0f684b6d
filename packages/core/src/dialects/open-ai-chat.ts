import { dataBlock, jsonBlock } from './data-block';
import type { Dialect } from './dialect';
import { openAiError } from './failure-sentence';

/**
 * Makes the dialect of streamed chat completions, as the SDKs of OpenAI read them. Each message is
 * one `chat.completion.chunk`; event names and ids are left out. The end is `[DONE]`.
 *
 * A run that was stopped, has failed or was lost ends with `{ error: { message, code } }`, which
 * the SDKs throw as an `APIError`. No SDK takes it for a whole answer.
 *
 * @example
 * ```ts
 * import { createHub, serveSse } from '@pushwire/core';
 * import { openAiChat } from '@pushwire/core/dialects';
 *
 * const completion = createHub().channel('completion');
 * const serve = serveSse(completion, { from: 'oldest', dialect: openAiChat() });
 * ```
 */
export function openAiChat(): Dialect {
  return {
    name: 'OpenAI chat completions',
    contentType: 'text/event-stream; charset=utf-8',
    message: ({ text }) => dataBlock(text),
    end: () => 'data: [DONE]\n\n',
    error: (failure) => jsonBlock({ error: openAiError(failure) }),
    whenFinished: 'end',
  };
}

import { dataBlock } from './data-block';
import type { Dialect, DialectMessage } from './dialect';
import { openAiError } from './failure-sentence';
import { integerIn } from './integer-in';

/**
 * Makes the dialect of OpenAI's Responses API. Each message is one event of it, such as
 * `{ type: 'response.output_text.delta', … }`, whose type is also the name of the block. Its
 * `sequence_number` is set: the first message has 0, whatever the data says.
 *
 * - A client begins after a `sequence_number` by the query parameter `starting_after`, as
 *   `responses.retrieve()` does. So each response is a run of its own, whose id is that of the
 *   response.
 * - A run that was stopped, has failed or was lost ends with an event `error`, which the SDKs throw
 *   as an `APIError`.
 *
 * A message that is no JSON object goes out as it is.
 *
 * @example
 * ```ts
 * import { createHub, serveSse } from '@pushwire/core';
 * import { openAiResponses } from '@pushwire/core/dialects';
 *
 * const response = createHub().channel('response');
 * const serve = serveSse(response, { from: 'oldest', dialect: openAiResponses() });
 * ```
 */
export function openAiResponses(): Dialect {
  return {
    name: 'OpenAI responses',
    contentType: 'text/event-stream; charset=utf-8',
    message: numberedEvent,
    error(failure) {
      const { message, code, param } = openAiError(failure);
      const sequence_number = failure.offset;
      // The API sends the fields, and its SDKs throw for an `error` alone.
      return eventBlock('error', { type: 'error', sequence_number, code, message, param, error: openAiError(failure) });
    },
    received(query) {
      const after = integerIn(query, 'starting_after');
      return after === undefined ? undefined : after + 1;
    },
    tellsNumbers: true,
    whenFinished: 'end',
  };
}

function numberedEvent({ text, event, offset }: DialectMessage): string {
  const value = objectIn(text);
  if (value === undefined) return event === undefined ? dataBlock(text) : `event: ${event}\n${dataBlock(text)}`;
  const name = event ?? (typeof value.type === 'string' && isOneLine(value.type) ? value.type : undefined);
  return eventBlock(name, offset === undefined ? value : { ...value, sequence_number: offset - 1 });
}

const isOneLine = (text: string): boolean => !/[\r\n\0]/.test(text);

const eventBlock = (name: string | undefined, value: object): string =>
  `${name === undefined ? '' : `event: ${name}\n`}${dataBlock(JSON.stringify(value))}`;

/** Returns `undefined` for text that is no JSON object. */
function objectIn(text: string): { type?: unknown } | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    return JSON.parse(text) as { type?: unknown };
  } catch (error) {
    // An app may send text that begins like an object.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

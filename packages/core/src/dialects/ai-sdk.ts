import { checkOptions, oneOf } from '../checks/check-options';
import { dataBlock, jsonBlock } from './data-block';
import type { Dialect, DialectFailure } from './dialect';
import { integerIn } from './integer-in';

/** The end of a stream of UI messages. */
const done = 'data: [DONE]\n\n';

/** Options of {@link aiSdkUiMessages}. */
export interface AiSdkOptions {
  /**
   * The answer to a client that comes to resume an answer which has ended already: `replay` for the
   * whole, or `no-content` for 204. `useChat` wants 204 on its `GET` route if the app also gives it
   * the finished messages, since it would show them twice. Defaults to `replay`.
   */
  whenEnded?: 'no-content' | 'replay';
}

const checks = { whenEnded: oneOf('no-content', 'replay') };

/**
 * Makes the dialect of UI message streams, version 1, as `useChat` and the chat transports of the
 * AI SDK read them. Each message is one chunk of such a stream, such as
 * `{ type: 'text-delta', id, delta }`; event names and ids are left out.
 *
 * - A run that was stopped ends with a chunk `abort`, and one that has failed or was lost ends with
 *   a chunk `error`, whose `errorText` is the code.
 * - A client may begin after the first n chunks by the query parameter `startIndex`, or with the
 *   last n by a negative one, as `WorkflowChatTransport` does.
 * - A client that has everything gets 204, for which the AI SDK has nothing to resume.
 *
 * @throws TypeError for an unknown option, or one that does not fit.
 * @example
 * ```ts
 * import { createHub, serveSse } from '@pushwire/core';
 * import { aiSdkUiMessages } from '@pushwire/core/dialects';
 *
 * const answer = createHub().channel('answer');
 * const serve = serveSse(answer, { from: 'oldest', dialect: aiSdkUiMessages() });
 * ```
 */
export function aiSdkUiMessages(options: AiSdkOptions = {}): Dialect {
  const { whenEnded } = checkOptions<AiSdkOptions>('aiSdkUiMessages', options, checks);
  return {
    name: 'AI SDK UI messages',
    headers: { 'x-vercel-ai-ui-message-stream': 'v1' },
    // `WorkflowChatTransport` asks for it when it begins with the last chunks.
    headersAt: (newest): Record<string, string> =>
      newest === 0 ? {} : { 'x-workflow-stream-tail-index': String(newest - 1) },
    message: ({ text }) => dataBlock(text),
    end: () => done,
    error: (failure) => jsonBlock(chunkOf(failure)) + done,
    received: (query) => integerIn(query, 'startIndex'),
    ...(whenEnded && { whenEnded }),
  };
}

function chunkOf({ outcome, code, reason }: DialectFailure): object {
  // JSON leaves out a reason that was not given.
  return outcome === 'stopped' ? { type: 'abort', reason } : { type: 'error', errorText: code };
}

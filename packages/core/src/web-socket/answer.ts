import { type AnswerFailure, answerFrame, failureFrame } from '../encoders/answer-frame';
import { checkSize } from '../log/message';
import { messageFrom } from '../log/outgoing-message';
import { AnswerError } from './answer-error';

/**
 * Runs a handler for a request, and returns the frame that answers it.
 *
 * @throws whatever the handler throws, except an AnswerError, which is an answer. A TypeError for a
 * result that cannot be sent. PushwireError `message-too-large` for one of more bytes than that.
 */
export async function answerTo(request: number, handle: () => unknown, maxBytes: number): Promise<string> {
  try {
    const result = await handle();
    if (result === undefined) return answerFrame(request, undefined);
    const message = messageFrom(result, undefined);
    checkSize(message, maxBytes);
    return answerFrame(request, message);
  } catch (error) {
    if (!(error instanceof AnswerError)) throw error;
    const { code, message } = error;
    return failureFrame(request, { code, message });
  }
}

/**
 * The failure that a client is told of an error: its status, as a framework would answer a POST
 * with it, and no details.
 */
export function failureOf(error: unknown): AnswerFailure & { readonly status: number } {
  const { status } = (error ?? {}) as { status?: unknown };
  return { status: Number.isInteger(status) && (status as number) >= 400 ? (status as number) : 500 };
}

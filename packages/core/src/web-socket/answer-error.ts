import { misuse } from '../checks/errors';

/**
 * The answer of `onMessage` to a request that it refuses. A client of `@pushwire/client/two-way`
 * gets it as an `AnswerError` with the same code and message, over WebSocket and by POST alike. It
 * is no failure: nothing is logged, and a WebSocket stays open. Where the client has sent a message
 * that expects no answer, it is an error like any other.
 *
 * @throws TypeError for a code that is not a string of 1 to 100 characters.
 * @example
 * ```ts
 * import { AnswerError } from '@pushwire/core';
 *
 * const taken = new Set<string>();
 * export function onMessage(data: string | Buffer) {
 *   const seat = String(data);
 *   if (taken.has(seat)) throw new AnswerError('taken', 'This seat is taken.');
 *   taken.add(seat);
 *   return { seat };
 * }
 * ```
 */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
  /** Frameworks answer with this where the client expects no answer. */
  readonly status = 422;
  /** Koa then sends the message, and logs nothing. */
  readonly expose = true;

  /**
   * @param code the kind of the refusal, for programs to compare.
   * @param message a sentence for the client. Defaults to the code.
   */
  constructor(
    readonly code: string,
    message = code,
  ) {
    if (typeof code !== 'string' || code === '' || code.length > 100) {
      throw misuse('AnswerError code', 'a string of 1 to 100 characters', code);
    }
    super(message);
  }
}

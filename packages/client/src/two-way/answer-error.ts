/**
 * The refusal of a request by the app on the server, which throws an `AnswerError` of its package.
 *
 * @example
 * ```ts
 * import { AnswerError, connectTwoWay } from '@pushwire/client/two-way';
 *
 * const theater = connectTwoWay('/theater');
 * theater.request({ seat: 7 }).catch((error) => {
 *   if (error instanceof AnswerError && error.code === 'taken') console.log('Choose another seat.');
 * });
 * ```
 */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';

  /**
   * @param code the kind of the refusal, as the app on the server gave it.
   * @param message its sentence for the client.
   */
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

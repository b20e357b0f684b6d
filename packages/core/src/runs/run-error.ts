import { misuse } from '../checks/errors';

const codePattern = /^[a-z0-9-]{1,64}$/;

/**
 * The error by which the producer of a run says why it fails. Its `code` is public: it reaches
 * every reader with the end of the run. Any other error ends the run with the code `run-failed`,
 * and only the hub's logger gets it.
 *
 * @example
 * ```ts
 * import { createHub, RunError } from '@pushwire/core';
 *
 * const run = createHub().run('answer:1');
 * await run.start(async function* () {
 *   yield 'The answer is';
 *   throw new RunError('model-overloaded');
 * });
 * ```
 */
export class RunError extends Error {
  override readonly name = 'RunError';

  /**
   * @param code 1 to 64 of the characters a to z, 0 to 9 and `-`.
   * @param message for the app alone. Defaults to the code.
   * @throws TypeError for another code.
   */
  constructor(
    readonly code: string,
    message: string = code,
    options?: ErrorOptions,
  ) {
    if (typeof code !== 'string' || !codePattern.test(code)) {
      throw misuse('RunError code', '1 to 64 of the characters a-z, 0-9 and -', code);
    }
    super(message, options);
  }
}

import { PushwireError } from '@pushwire/core/backplanes';
import { isReplyError, NotSent } from './redis-connection';

/** There is no connection: nothing was sent. */
export function away(cause?: unknown): PushwireError {
  return new PushwireError('backplane-unavailable', 'Redis cannot be reached.', cause === undefined ? {} : { cause });
}

/** Says in the library's own words why a command has failed. */
export function asFailure(error: unknown): PushwireError {
  if (error instanceof PushwireError) return error;
  if (error instanceof NotSent) return away(error);
  const { message } = error as Error;
  if (isReplyError(error)) {
    const code = mayHaveBegun.test(message) ? 'backplane-unconfirmed' : 'backplane-unavailable';
    return new PushwireError(code, `Redis has refused: ${message}`, { cause: error });
  }
  const sentence = `The connection to Redis was lost before it answered: ${message}`;
  return new PushwireError('backplane-unconfirmed', sentence, { cause: error });
}

/**
 * What may stop a script after it has written: a right or a command that Redis does not have. Every other refusal meets its first write, but
 * before version 7 Redis says `ERR` of all of them.
 */
const mayHaveBegun = /^(ERR|NOPERM)\b/;

/** Whether a server has said that it takes no writes any more: another one does. */
export const isDemoted = (error: unknown): boolean =>
  isReplyError(error) && /\bREADONLY\b/.test((error as Error).message);

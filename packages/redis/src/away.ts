import { PushwireError } from '@pushwire/core/backplanes';
import { isReplyError, NotSent } from './link';

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
    return new PushwireError('backplane-unavailable', `Redis has refused: ${message}`, { cause: error });
  }
  const sentence = `The connection to Redis was lost before it answered: ${message}`;
  return new PushwireError('backplane-unconfirmed', sentence, { cause: error });
}

/** Whether a server has said that it takes no writes any more: another one does. */
export const isDemoted = (error: unknown): boolean => isReplyError(error) && /^READONLY/.test((error as Error).message);

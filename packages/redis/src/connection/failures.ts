import { PushwireError } from '@pushwire/core/backplanes';
import { isReplyError, NotSentError } from './redis-connection';

/** How errors name Redis and the options of its limits. */
export const calledRedis = { name: 'Redis', options: 'maxPendingCommands and maxPendingBytes' };

/** The error for a command that was not sent, because there is no connection. */
function unreachable(cause?: unknown): PushwireError {
  return new PushwireError('backplane-unavailable', 'Redis cannot be reached.', cause === undefined ? {} : { cause });
}

/** Turns the failure of a command into the error that the app gets. */
export function toPushwireError(error: unknown): PushwireError {
  if (error instanceof PushwireError) return error;
  if (error instanceof NotSentError) return unreachable(error);
  const { message } = error as Error;
  if (isReplyError(error)) {
    const isRefused = writesNothing.test(message) || !mayHaveWritten.test(message);
    const code = isRefused ? 'backplane-unavailable' : 'backplane-unconfirmed';
    return new PushwireError(code, `Redis refused a command: ${message}`, { cause: error });
  }
  const sentence = `The connection to Redis was lost before it replied: ${message}`;
  return new PushwireError('backplane-unconfirmed', sentence, { cause: error });
}

/**
 * Errors that can stop a script after its first write: a missing permission, or a command that
 * Redis does not have.
 */
const mayHaveWritten = /^(ERR|NOPERM)\b/;

/**
 * Errors that stop a script at its first write. Before version 7, Redis reports every error of a
 * script as `ERR`.
 */
const writesNothing = /\b(MISCONF|NOREPLICAS|OOM|READONLY)\b/;

/** True when a server refused a write because it is a replica now. Another server is the master. */
export const isDemoted = (error: unknown): boolean =>
  isReplyError(error) && /\bREADONLY\b/.test((error as Error).message);

/** Errors of a master that serves reads as always. */
const readsOnly = /\b(MISCONF|NOREPLICAS|OOM|NOPERM)\b/;

/** True for the failure of a command to which a master replied that it writes nothing now. */
export function refusedToWrite(error: unknown): boolean {
  const { cause } = error as { cause?: unknown };
  return isReplyError(cause) && readsOnly.test((cause as Error).message);
}

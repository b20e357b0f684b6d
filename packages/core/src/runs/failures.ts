import { PushwireError, type PushwireErrorCode } from '../checks/errors';
import { RunError } from './run-error';
import type { RunSize } from './start-options';

export const runStopped = (reason: string): PushwireError =>
  new PushwireError('run-stopped', reason === '' ? 'The run was asked to stop.' : reason);

export const runLost = (cause?: unknown): PushwireError =>
  new PushwireError('run-lost', 'The producer of the run is no longer its owner.', { cause });

export const runEnded = (): PushwireError => new PushwireError('run-ended', 'The run has ended.');

export const runTooLarge = ({ count, bytes }: RunSize): PushwireError =>
  new PushwireError('run-too-large', `The run may have ${count} messages of ${bytes} bytes in all (most).`);

export const itemRefused = (cause: unknown): PushwireError =>
  new PushwireError('run-failed', 'The item cannot be sent.', { cause });

export const runRunning = (id: string): PushwireError =>
  new PushwireError('run-running', `The run ${JSON.stringify(id)} is under way.`, { status: 409 });

export const runUnknown = (id: string): PushwireError =>
  new PushwireError('run-unknown', `There is no run ${JSON.stringify(id)}.`, { status: 404 });

const hasCode = (error: unknown, code: PushwireErrorCode): boolean =>
  error instanceof PushwireError && error.code === code;

export const isRunTooLarge = (error: unknown): boolean => hasCode(error, 'run-too-large');

/** True for a failure that limits of the hub cause. */
export const isFull = (error: unknown): boolean => hasCode(error, 'hub-full');

/**
 * Returns the code that readers get for what a producer threw, and `undefined` where they must not
 * know it.
 *
 * @param isClosed true once the hub has closed, which a producer may have noticed.
 */
export function publicCodeOf(error: unknown, isClosed: boolean): string | undefined {
  try {
    if (error instanceof RunError) return error.code;
    return isClosed && hasCode(error, 'hub-closed') ? 'draining' : undefined;
  } catch {
    // An app may throw what cannot be looked at.
    return undefined;
  }
}

import { PushwireError } from '../checks/errors';

export const runStopped = (reason: string): PushwireError =>
  new PushwireError('run-stopped', reason === '' ? 'The run was asked to stop.' : reason);

export const runLost = (cause?: unknown): PushwireError =>
  new PushwireError('run-lost', 'The producer of the run is no longer its owner.', { cause });

export const runEnded = (): PushwireError => new PushwireError('run-ended', 'The run has ended.');

export const runTooLarge = (count: number, bytes: number): PushwireError =>
  new PushwireError('run-too-large', `The run may have ${count} messages of ${bytes} bytes in all (most).`);

export const runRunning = (id: string): PushwireError =>
  new PushwireError('run-running', `The run ${JSON.stringify(id)} is under way.`, { status: 409 });

export const runUnknown = (id: string): PushwireError =>
  new PushwireError('run-unknown', `There is no run ${JSON.stringify(id)}.`, { status: 404 });

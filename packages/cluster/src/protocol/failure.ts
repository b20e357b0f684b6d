import { PushwireError } from '@pushwire/core/backplanes';

/** An error on its way to a worker. */
export interface Failure {
  /** Absent for an error that no call should have. */
  readonly code?: PushwireError['code'];
  readonly message: string;
}

export function failureOf(error: unknown): Failure {
  if (error instanceof PushwireError) return { code: error.code, message: error.message };
  return { message: error instanceof Error ? error.message : String(error) };
}

export function errorOf({ code, message }: Failure): PushwireError {
  if (code !== undefined) return new PushwireError(code, message);
  // Nobody knows how far it came.
  return new PushwireError('backplane-unconfirmed', `The broker failed: ${message}`);
}

import { PushwireError, type PushwireErrorCode } from '@pushwire/core';

/** A request that is not served, and why: an HTTP status and one sentence that the client may read. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly status: number,
    sentence: string,
    options?: ErrorOptions,
  ) {
    super(sentence, options);
  }
}

const unavailable: ReadonlyMap<PushwireErrorCode, string> = new Map([
  ['hub-closed', 'The server is shutting down.'],
  ['backplane-unavailable', 'Redis cannot be reached: nothing was published.'],
  ['backplane-unconfirmed', 'Redis has not answered in time: this may have been published or not.'],
]);

/** What to answer for anything that was thrown. What is no client's fault is logged and stays inside. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof PushwireError && unavailable.has(error.code)) {
    return new Refusal(503, unavailable.get(error.code) as string, { cause: error });
  }
  // Errors of the frameworks and of raw-body say their status; below 500 their sentence is meant for the client.
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new Refusal(status, (error as Error).message, { cause: error });
  }
  console.error(error);
  return new Refusal(500, 'The server failed to answer this request.', { cause: error });
}

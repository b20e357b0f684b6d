import { PushwireError, type PushwireErrorCode } from '@pushwire/core';

/** A refused request: an HTTP status and a sentence for the client. */
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
  ['state-full', 'There is no room for more of them.'],
  ['hub-full', 'There is no room for more of them.'],
  ['hub-closed', 'The server is shutting down.'],
  ['backplane-unavailable', 'Redis cannot be reached: nothing was published.'],
  ['backplane-unconfirmed', 'Redis did not answer in time: this may or may not have been published.'],
]);

/** Turns any error into a refusal. Unexpected errors are logged and their text stays inside. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof PushwireError && unavailable.has(error.code)) {
    return new Refusal(503, unavailable.get(error.code) as string, { cause: error });
  }
  // Errors of the frameworks and of raw-body have a status. Below 500 they are for the client.
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new Refusal(status, (error as Error).message, { cause: error });
  }
  console.error(error);
  return new Refusal(500, 'The server failed to answer this request.', { cause: error });
}

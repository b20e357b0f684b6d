import { absolute, given } from '../connect.js';
import type { ConnectOptions } from '../options.js';
import { toPushwireError, withQuery } from '../transports/transport.js';
import { PushwireError } from '../wire/error.js';

/**
 * Asks the app to stop a run, by a DELETE request for the run's URL, with the query, headers and
 * credentials of its connection.
 *
 * @throws {PushwireError} (as a rejection) `refused` with the `status`, or `network`.
 */
export async function requestStop(
  url: string,
  { query, headers, credentials, fetch = globalThis.fetch }: ConnectOptions,
): Promise<void> {
  try {
    const init = { method: 'DELETE', headers: await given(headers), credentials } as RequestInit;
    const { ok, status } = await fetch(withQuery(absolute(url), await given(query)), init);
    if (!ok) throw new PushwireError('refused', { status });
  } catch (cause) {
    throw toPushwireError(cause);
  }
}

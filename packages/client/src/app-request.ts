import { absolute, given } from './connect.js';
import type { Settings } from './options.js';
import { toPushwireError, withQuery } from './transports/transport.js';
import { PushwireError } from './wire/error.js';

/**
 * Makes a request to a route of the app's own, with the query, headers and credentials of a
 * connection.
 *
 * @throws {PushwireError} (as a rejection) `refused` with the `status`, or `network`.
 */
export async function requestApp(
  url: string | URL,
  init: RequestInit,
  {
    query,
    headers,
    credentials,
    fetch = globalThis.fetch,
  }: Pick<Settings, 'query' | 'headers' | 'credentials' | 'fetch'>,
): Promise<void> {
  try {
    const own = { credentials, ...init, headers: { ...init.headers, ...(await given(headers)) } } as RequestInit;
    const { ok, status } = await fetch(withQuery(absolute(url), await given(query)), own);
    if (!ok) throw new PushwireError('refused', { status });
  } catch (cause) {
    throw toPushwireError(cause);
  }
}

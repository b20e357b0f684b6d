import { absolute, given } from '../connect.js';
import type { Settings } from '../options.js';
import { type Query, toPushwireError, urlOf, withQuery } from '../transports/transport.js';
import { PushwireError } from '../wire/error.js';

/** The transports that a server knows. */
const served = ['sse', 'ndjson', 'comet', 'long-poll', 'poll'];

/**
 * Asks the server by a HEAD request whether it would accept a connection with another query. A
 * refusal of the connection itself would end it for good. Another method than GET, or a transport
 * of the app's own, cannot be asked for, and counts as accepted.
 *
 * @throws {PushwireError} (as a rejection) `refused`, `network` or `timeout`.
 */
export async function mayFollow(
  url: string | URL,
  transport: string,
  { headers, method = 'GET', credentials, fetch = globalThis.fetch, clock, sendTimeout }: Settings,
  query: () => Promise<Query>,
): Promise<void> {
  if (method !== 'GET' || !served.includes(transport)) return;
  const ending = new AbortController();
  const stop = clock.after(sendTimeout, () => ending.abort(new PushwireError('timeout')));
  try {
    const address = withQuery(urlOf({ url: absolute(url), cursor: undefined }, transport), await query());
    const own = { headers: await given(headers), credentials, cache: 'no-store' } as RequestInit;
    const { ok, status } = await fetch(address, { ...own, method: 'HEAD', signal: ending.signal });
    if (!ok) throw new PushwireError('refused', { status });
  } catch (cause) {
    throw toPushwireError(cause);
  } finally {
    stop();
  }
}

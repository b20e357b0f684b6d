import { closeCodes } from '../wire/close-codes.js';
import type { PushwireError } from '../wire/error.js';

/**
 * The meaning of a closed transport connection for the next attempt.
 *
 * - `ended`: the source is finished.
 * - `final`: another attempt would not help, except with new headers.
 * - `refused`: the route does not serve this transport, or the transport does not get through.
 * - `later`: the server asks for a pause.
 * - `broken`: the network, or a server behind it, broke the connection.
 */
export type Outcome = 'ended' | 'final' | 'refused' | 'later' | 'broken';

/** Classifies the end of a connection (RFC 9110, 15; PROTOCOL.md, sections 4.3, 8.5 and 10). */
export function classify({ code, status = 0, closeCode }: PushwireError, retryOn: readonly number[]): Outcome {
  if (status === 204 || closeCode === closeCodes.ended) return 'ended';
  // A message that is too large would come again by any transport.
  if ([408, 425, 429, 503, ...retryOn].includes(status)) return 'later';
  if ([401, 403, 404, 410].includes(status) || code === 'closed' || code === 'too-large') return 'final';
  return status || code === 'timeout' || code === 'bad-data' ? 'refused' : 'broken';
}

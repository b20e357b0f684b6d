import type { PushwireError } from '../wire/error.js';

/**
 * What the end of a connection means for the next one.
 *
 * - `ended`: the source is finished.
 * - `final`: coming back does not help, unless it is with other headers.
 * - `refused`: this transport is not served here, or does not get through.
 * - `later`: the server wants to be left alone for a while.
 * - `broken`: the network, or whatever is behind it.
 */
export type Verdict = 'ended' | 'final' | 'refused' | 'later' | 'broken';

/** The close code of a source that is finished, and of an app that has closed for good (PROTOCOL.md, section 8.5). */
const finished = 1000;

/** Judges how a connection ended (RFC 9110, 15; PROTOCOL.md, sections 4.3, 8.5 and 10). */
export function judge({ code, status = 0, closeCode }: PushwireError): Verdict {
  if (status === 204 || closeCode === finished) return 'ended';
  // What is too large would come again, whatever the transport.
  if ([401, 403, 404, 410].includes(status) || code === 'closed' || code === 'too-large') return 'final';
  if ([408, 425, 429, 503].includes(status)) return 'later';
  return status || code === 'timeout' || code === 'bad-data' ? 'refused' : 'broken';
}

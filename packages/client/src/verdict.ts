import type { Outcome } from './transports/transport.js';

/**
 * What the end of a connection means for the next one.
 *
 * - `ended`: the source is finished.
 * - `unauthorized`: other headers may help.
 * - `final`: coming back does not help.
 * - `refused`: this transport is not served here, or does not get through.
 * - `later`: the server wants to be left alone for a while.
 * - `broken`: the network, or whatever is behind it.
 */
export type Verdict = 'ended' | 'unauthorized' | 'final' | 'refused' | 'later' | 'broken';

const later = [408, 425, 429, 503];
const final = [403, 404, 410];

/** The close code that means "come back later" (PROTOCOL.md, section 8.5). */
const tryAgainLater = 1013;

/** The first close code that is an app's own (RFC 6455, 7.4.2). */
const firstOwn = 3000;

/** Judges how a connection ended (RFC 9110, 15; PROTOCOL.md, sections 4.3, 8.5 and 10). */
export function judge({ status = 0, closeCode = 0, problem }: Outcome): Verdict {
  // It would come again, whatever the transport.
  if (problem === 'too-large') return 'final';
  if (status === 204 || closeCode === 1000) return 'ended';
  if (status === 401) return 'unauthorized';
  if (final.includes(status) || closeCode >= firstOwn) return 'final';
  if (later.includes(status) || closeCode === tryAgainLater) return 'later';
  if (status === 501 || (status > 0 && status < 500) || (problem && problem !== 'silent')) return 'refused';
  return 'broken';
}

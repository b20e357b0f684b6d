import type { IncomingMessage, ServerResponse } from 'node:http';
import { pollHeaders } from '../encoders/headers';
import { beforeHead } from '../node-internals/heads';

/**
 * Seconds for which caches may keep a shared answer. Each answer leads to another URL, so a client
 * never gets the same answer twice.
 */
export const sharedMaxAge = 5;

/** Headers of a request that may change its answer. Caches look at its URL alone. */
const decisiveHeaders = ['last-event-id', 'authorization'];

/** True if the answer to a request depends on its URL alone, apart from cookies. */
function dependsOnUrlAlone({ method, headers }: IncomingMessage): boolean {
  return (method === 'GET' || method === 'HEAD') && decisiveHeaders.every((name) => headers[name] === undefined);
}

/**
 * Returns true if caches may share the answer to a request. If its head carries a cookie in the
 * end, caches are told not to: session middleware adds one while the head is written.
 *
 * @param chosenByUrl false if the `Accept` header has chosen the transport.
 */
export function allowSharing(incoming: IncomingMessage, response: ServerResponse, chosenByUrl: boolean): boolean {
  const isShared = chosenByUrl && dependsOnUrlAlone(incoming);
  const watches = beforeHead(response, () => {
    if (!isShared || response.hasHeader('set-cookie'))
      response.setHeader('Cache-Control', pollHeaders.unshared['Cache-Control']);
  });
  return isShared && watches;
}

/**
 * Returns the headers of a long poll's answer.
 *
 * @param maxAge seconds for which caches may share it, or `undefined` if they may not.
 */
export function longPollHeaders(maxAge: number | undefined): Record<string, string> {
  return maxAge === undefined ? pollHeaders.unshared : pollHeaders.shared(maxAge);
}

/** Returns the headers of an interval poll's answer. */
export const intervalPollHeaders = (cursor: string): Record<string, string> => ({
  Vary: 'Last-Event-ID',
  ...pollHeaders.kept(cursor),
});

/**
 * Returns a later round than the last one. Rounds only increase, so no client returns to a URL for
 * which a cache still has an answer. All clients that are answered in the same second at the same
 * place get the same round.
 */
export function nextRound(last: string | undefined, now: number): string {
  const second = Math.floor(now / 1000);
  const previous = Number.parseInt(last ?? '', 36);
  // A client can make up a round. A server's clock is never more than a day ahead.
  const known = previous <= second + 86_400 ? previous : 0;
  return Math.max(second, known + 1).toString(36);
}

/** True if a client has this answer already. Compressors on the way mark or rewrite an ETag. */
export function isUnchanged(ifNoneMatch: string | undefined, cursor: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch === `"${cursor}"`) return true;
  return ifNoneMatch.split(',').some((tag) => {
    const bare = tag.trim().replace(/^W\//, '').replace(/^"|"$/g, '');
    return bare === cursor || bare.replace(/-(gzip|df|br|deflate|zstd)$/, '') === cursor;
  });
}

/**
 * Seconds for which caches may keep a shared answer. Each answer leads to another URL, so a client
 * never gets the same answer twice.
 */
export const sharedMaxAge = 5;

const nosniff = { 'X-Content-Type-Options': 'nosniff' };

/** Returns the headers of a long poll's answer, which caches may share for `maxAge` seconds. */
export function longPollHeaders(maxAge: number): Record<string, string> {
  return { 'Cache-Control': maxAge > 0 ? `public, max-age=${maxAge}` : 'no-store', ...nosniff };
}

/**
 * Returns the headers of an interval poll's answer. The client may keep it, so that an unchanged
 * answer costs no body.
 */
export function intervalPollHeaders(cursor: string): Record<string, string> {
  return { 'Cache-Control': 'private, no-cache', ETag: `"${cursor}"`, ...nosniff };
}

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
  return ifNoneMatch.split(',').some((tag) => {
    const bare = tag.trim().replace(/^W\//, '').replace(/^"|"$/g, '');
    return bare === cursor || bare.replace(/-(gzip|df|br|deflate|zstd)$/, '') === cursor;
  });
}

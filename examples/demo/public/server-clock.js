/** By how many milliseconds the server's clock is ahead of this machine's, and how long the round trip was that told it. */
let ahead = 0;
let quickest = Number.POSITIVE_INFINITY;

/** Takes what the server's clock showed between two moments of this one. The quickest round trip is the one to trust. */
export function compareClocks(time, before, after) {
  if (after - before >= quickest) return;
  quickest = after - before;
  ahead = time - (before + after) / 2;
}

/** The server's time in ms since 1970. */
export function serverNow() {
  return Date.now() + ahead;
}

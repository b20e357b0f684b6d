/** Milliseconds by which the server's clock is ahead, and the round trip of that measurement. */
let ahead = 0;
let quickest = Number.POSITIVE_INFINITY;

/** Takes the server's time between two local times. The quickest round trip is the most precise. */
export function compareClocks(time, before, after) {
  if (after - before >= quickest) return;
  quickest = after - before;
  ahead = time - (before + after) / 2;
}

/** The server's time in ms since 1970. */
export function serverNow() {
  return Date.now() + ahead;
}

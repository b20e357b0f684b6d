/** By how many milliseconds the server's clock is ahead of this machine's; right to half of a round trip. */
let ahead = 0;

/** Takes what the server's clock showed between two moments of this one. */
export function compareClocks(time, before, after) {
  ahead = time - (before + after) / 2;
}

/** The server's time in ms since 1970. */
export function serverNow() {
  return Date.now() + ahead;
}

/** Cursors count intervals since this time, so that a cache can join requests of one interval. */
const start = Date.UTC(2024, 9, 9);
const interval = 20_000;

/** The most seconds that are added to a cursor that is not in the past. */
const maxJitter = 3600;

const pattern = /^\d{1,15}$/;

/**
 * Returns the cursor for an answer of a live read. It is greater than the client's, so that a
 * client never gets the same cached answer again.
 *
 * @param given the cursor that the client has sent. A text that is no cursor counts as none.
 * @param chance a random number from 0 up to 1.
 */
export function cursorAfter(given: string | undefined, now: number, chance: number): string {
  const current = Math.max(0, Math.floor((now - start) / interval));
  const last = given !== undefined && pattern.test(given) ? Number(given) : -1;
  if (last < current) return String(current);
  const seconds = 1 + Math.floor(chance * maxJitter);
  return String(last + Math.max(1, Math.ceil((seconds * 1000) / interval)));
}

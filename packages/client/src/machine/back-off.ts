import { candidate, keep, open, setTimer } from './actions.js';
import type { Draft } from './state.js';

/** Plans the next attempt, `ms` from now or after the back-off, whichever is later. */
export function wait(draft: Draft, ms = 0): undefined {
  keep(draft);
  draft.notBefore = draft.now + ms;
  setTimer(draft, 'next', Math.max(ms, backOff(draft)));
  draft.status = 'waiting';
}

/**
 * The back-off in ms with full jitter: a random time up to a bound that doubles with each failure.
 * Clients that were cut off together do not come back together.
 */
function backOff(draft: Draft): number {
  return draft.random * Math.min(draft.maxRetry, draft.retry * 2 ** (draft.failures + draft.drops));
}

/** Makes the next attempt, by the transport that the last failure has chosen. */
export function openNext(draft: Draft): undefined {
  open(draft, draft.opened ? draft.index : candidate(draft, 0));
}

/** Connects again now, or as soon as the server accepts it. */
export function reconnect(draft: Draft): void {
  const ms = draft.notBefore - draft.now;
  if (ms > 0) setTimer(draft, 'next', ms);
  else openNext(draft);
}

import { attempt, avoidTime, candidate, expectHeartbeat, keep, setTimer } from './actions.js';
import type { Draft } from './state.js';

// While a worse transport is in use, a better one is tried beside it from time to time. The frames
// of a trial are not passed on: they show that the transport works. The connection then opens by it
// again, from the cursor that it has reached by then, so that no message arrives by both.

/** A better transport that is not avoided is tried after `betterAfter` divided by this. */
const candidateDivisor = 16;

/** Sets the time of the next trial. */
export function planTrial(draft: Draft): void {
  const { index, betterAfter, hasLog } = draft;
  const hasCandidate = candidate(draft, 0) < index;
  // A one-off source would run a second time.
  if (index > 0 && hasLog) setTimer(draft, 'better', hasCandidate ? betterAfter / candidateDivisor : avoidTime(draft));
}

/** Tries a better transport, each time another one. */
export function beginTrial(draft: Draft): void {
  draft.trialIndex = draft.trials % draft.index;
  draft.trial = attempt(draft, draft.trialIndex, 'better');
}

/** Ends a trial that failed: that transport is avoided, each time for longer. */
export function endTrial(draft: Draft): undefined {
  keep(draft, draft.current);
  expectHeartbeat(draft);
  avoid(draft, draft.trialIndex as number);
  draft.trials++;
  planTrial(draft);
}

/** Avoids a transport for `ms` milliseconds, in later connections too. */
export function avoid(draft: Draft, index: number, ms = avoidTime(draft)): void {
  draft.avoided = { ...draft.avoided, [draft.order[index] as string]: draft.now + ms };
  draft.effects.push(['remember']);
}

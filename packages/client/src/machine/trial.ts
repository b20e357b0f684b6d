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
  const divisor = candidate(draft, 0) < index ? candidateDivisor : 1;
  // A one-off source would run a second time.
  if (index > 0 && hasLog) setTimer(draft, 'better', betterAfter / divisor);
}

/** Tries the best transport that is not avoided. It is avoided for a while if the trial fails. */
export function beginTrial(draft: Draft): void {
  draft.trialIndex = candidate(draft, 0);
  if (draft.trialIndex < draft.index) draft.trial = attempt(draft, draft.trialIndex, 'better');
  else planTrial(draft);
}

/** Ends a trial that failed: that transport is avoided, each time for longer. */
export function endTrial(draft: Draft): undefined {
  keep(draft, draft.current);
  expectHeartbeat(draft);
  avoid(draft, draft.trialIndex as number);
  draft.trials++;
  planTrial(draft);
}

/** Avoids a transport for a time, in later connections too. */
export function avoid(draft: Draft, index: number): void {
  draft.avoided = { ...draft.avoided, [draft.order[index] as string]: draft.now + avoidTime(draft) };
  draft.effects.push(['remember']);
}

import type { Turn } from './state.js';
import { attempt, candidate, keep, leaveTime, time, watch } from './actions.js';

// While a worse transport is in use, a better one is tried beside it from time to time. What the trial brings is not handed on: it
// shows that the transport works, which then comes again from where the client is by that time. So nothing comes by both.

/** The share of the usual time after which a better transport is tried that nothing speaks against. */
const soon = 1 / 16;

/** Sets the time of the next trial. */
export function planTrial(turn: Turn): void {
  const { at, betterAfter } = turn;
  if (at > 0) time(turn, 'better', candidate(turn, 0) < at ? betterAfter * soon : leaveTime(turn));
}

/** Tries a better transport, each time another. */
export function beginTrial(turn: Turn): void {
  turn.trialAt = turn.trials % turn.at;
  turn.trial = attempt(turn, turn.trialAt, 'better');
}

/** The trial was in vain: that transport is left, for longer each time. */
export function endTrial(turn: Turn): undefined {
  keep(turn, turn.link);
  watch(turn);
  distrust(turn, turn.trialAt);
  turn.trials++;
  planTrial(turn);
}

/** Remembers that a transport does not work here, for so many ms. Where none works, none is left. */
export function distrust(turn: Turn, at: number, ms = leaveTime(turn)): void {
  turn.left = { ...turn.left, [turn.order[at] as string]: turn.now + ms };
  turn.effects.push(['remember']);
}

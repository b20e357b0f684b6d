import type { Turn } from './state.js';
import { attempt, candidate, keep, leaveTime, open, time, watch } from './turn.js';

// While a worse transport is in use, a better one is tried beside it from time to time. It takes over with its first frame.

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
  turn.trialFrom = turn.cursor;
  turn.trial = attempt(turn, turn.trialAt, 'better');
}

/** The trial was in vain: that transport is left, for longer each time. */
export function endTrial(turn: Turn): undefined {
  keep(turn, turn.link);
  watch(turn);
  leaveFor(turn, [turn.trialAt as number]);
  turn.trials++;
  planTrial(turn);
}

/**
 * The better transport has brought its first frame. Where nothing came by the other one meanwhile, it is in the same place and
 * takes over as it is; else it comes again from where the client is now, so that nothing comes by both.
 *
 * @returns whether it has taken over.
 */
export function takeOver(turn: Turn): boolean {
  const { trialAt, trialFrom, trial, cursor } = turn;
  turn.trials++;
  if (trialFrom !== cursor || cursor === undefined) {
    open(turn, trialAt as number);
    return false;
  }
  turn.at = trialAt as number;
  keep(turn, trial);
  return true;
}

/** Remembers that these do not work here. */
export function leaveFor(turn: Turn, transports: readonly number[]): void {
  const until = turn.now + leaveTime(turn);
  turn.left = { ...turn.left, ...Object.fromEntries(transports.map((at) => [turn.order[at], until])) };
  turn.effects.push(['remember']);
}

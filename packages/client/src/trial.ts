import { isLeft, leaveTime, open, patience, type Turn, time } from './turn.js';

// While a worse transport is in use, a better one is tried beside it from time to time. It takes over with its first frame.

/** The share of the usual time after which a better transport is tried that nothing speaks against. */
const soon = 1 / 16;

/** Sets the time of the next trial. */
export function planTrial(turn: Turn): void {
  const { state, rules } = turn;
  const isBad = rules.order.slice(0, state.at).every((_, at) => isLeft(turn, at));
  time(turn, 'better', isBad ? leaveTime(turn) : rules.betterAfter * soon);
}

/** Tries a better transport, each time another. */
export function beginTrial(turn: Turn): void {
  const { state, effects } = turn;
  if (state.status !== 'open' || state.trial || !state.at) return;
  state.trialAt = state.trials % state.at;
  state.trialFrom = state.cursor;
  state.trial = ++state.links;
  effects.push({ do: 'open', link: state.trial, at: state.trialAt, cursor: state.cursor });
  time(turn, 'trial', patience(turn));
}

/** The trial was in vain: that transport is left, for longer each time. */
export function endTrial(turn: Turn): undefined {
  const { state, effects } = turn;
  effects.push({ do: 'shut', link: state.trial });
  time(turn, 'trial');
  state.trial = 0;
  leaveFor(turn, [state.trialAt]);
  state.trials++;
  planTrial(turn);
}

/**
 * The better transport has brought its first frame. Where nothing came by the other one meanwhile, it is in the same place and
 * takes over as it is; else it comes again from where the client is now, so that nothing comes by both.
 *
 * @returns whether it has taken over.
 */
export function takeOver(turn: Turn): boolean {
  const { state, effects } = turn;
  const { trial, trialAt, trialFrom } = state;
  state.trials++;
  if (trialFrom !== state.cursor || trialFrom === undefined) {
    open(turn, trialAt);
    return false;
  }
  effects.push({ do: 'shut', link: state.link });
  time(turn, 'trial');
  time(turn, 'better');
  state.at = trialAt;
  state.link = trial;
  state.trial = 0;
  return true;
}

/** Remembers that these do not work here. */
export function leaveFor(turn: Turn, transports: readonly number[]): void {
  const { state, effects, rules, now } = turn;
  const until = now + leaveTime(turn);
  state.left = { ...state.left, ...Object.fromEntries(transports.map((at) => [rules.order[at], until])) };
  effects.push({ do: 'remember', left: state.left });
}

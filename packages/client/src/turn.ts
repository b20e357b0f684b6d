import { backOff } from './back-off.js';
import type { PushwireError } from './error.js';
import type { Effect, Rules, State, Status, Timer } from './state.js';

/** One step of the state machine while it is taken: a copy of the state, and what is to be done. */
export interface Turn {
  readonly state: { -readonly [Name in keyof State]: State[Name] };
  readonly effects: Effect[];
  readonly rules: Rules;
  readonly now: number;
  readonly chance: number;
}

/** The longest that an attempt is waited for, in ms. */
const mostPatience = 30_000;

/** How many times longer than the first time a transport is left at most. */
const mostLeave = 16;

/** Sets a timer anew, or stops it where there are no `ms`. */
export function time({ effects }: Turn, timer: Timer, ms?: number): void {
  effects.push({ do: 'time', timer, ms });
}

export function become(turn: Turn, status: Status): void {
  turn.state.status = status;
  turn.state.since = turn.now;
  turn.effects.push({ do: 'status' });
}

export function complain({ effects }: Turn, error: PushwireError): void {
  effects.push({ do: 'error', error });
}

/** Closes what is open, and waits for nothing more. */
export function shut(turn: Turn): undefined {
  const { state, effects } = turn;
  for (const link of [state.link, state.trial]) if (link) effects.push({ do: 'shut', link });
  state.link = state.trial = 0;
  for (const timer of ['first', 'trial', 'wait', 'watch', 'better'] as const) time(turn, timer);
}

export function finish(turn: Turn, status: 'ended' | 'failed'): undefined {
  shut(turn);
  become(turn, status);
}

/** Tries a transport, from the cursor on. */
export function open(turn: Turn, at: number): undefined {
  const { state, effects } = turn;
  shut(turn);
  state.at = at;
  state.link = ++state.links;
  effects.push({ do: 'open', link: state.link, at, cursor: state.cursor });
  time(turn, 'first', patience(turn));
  become(turn, 'connecting');
}

/** Who has failed all around is given more time: it may be the network that is slow. */
export function patience({ rules, state }: Turn): number {
  return Math.min(mostPatience, rules.openTimeout * 2 ** state.failures);
}

/** Tries again after so many ms, or after what the back-off says, whichever is later. */
export function wait(turn: Turn, ms = 0): undefined {
  const { state, rules, now, chance } = turn;
  shut(turn);
  state.notBefore = now + ms;
  const jittered = backOff(state.retry, state.failures + state.died, rules.maxRetry, chance);
  // A browser that says it is offline may be wrong.
  time(turn, 'wait', Math.max(ms, state.isOffline ? rules.maxRetry : jittered));
  become(turn, 'waiting');
}

/** Tries again now, or as soon as the server wants it. */
export function wake(turn: Turn): undefined {
  const { state, now } = turn;
  const ms = state.notBefore - now;
  if (ms > 0) time(turn, 'wait', ms);
  else open(turn, state.at);
}

/** How long a transport is left that does not work here, in ms. */
export function leaveTime({ rules, state }: Turn): number {
  return rules.betterAfter * Math.min(mostLeave, 2 ** state.trials);
}

/** Whether a transport is left now; one that is left for longer than anything was remembered by another clock. */
export function isLeft({ state, rules, now }: Turn, at: number): boolean {
  const until = state.left[rules.order[at] as string] ?? 0;
  return until > now && until <= now + rules.betterAfter * mostLeave;
}

/** The first transport that is not left, from one on, and around. */
export function candidate(turn: Turn, from: number): number {
  const { length } = turn.rules.order;
  for (let i = 0; i < length; i++) if (!isLeft(turn, (from + i) % length)) return (from + i) % length;
  return from % length;
}

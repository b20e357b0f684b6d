import { backOff } from './back-off.js';
import type { Timer, Turn } from './state.js';

/** The longest that an attempt is waited for, in ms. */
const mostPatience = 30_000;

/** How many times longer than the first time a transport is left at most. */
const mostLeave = 16;

export function time(turn: Turn, timer: Timer, ms: number): void {
  turn.effects.push(['time', timer, ms]);
}

/** Keeps this connection and no other, and waits for nothing more. */
export function keep(turn: Turn, link?: number): void {
  turn.link = link;
  turn.trial = undefined;
  turn.effects.push(['keep', link]);
}

export function finish(turn: Turn, status: 'ended' | 'failed'): undefined {
  keep(turn);
  turn.status = status;
}

/** Begins an attempt from the cursor on; gives its number. */
export function attempt(turn: Turn, at: number, timer: Timer): number {
  turn.effects.push(['open', ++turn.links, at]);
  // Who has failed all around is given more time: it may be the network that is slow.
  time(turn, timer, Math.min(mostPatience, turn.openTimeout * 2 ** turn.failures));
  return turn.links;
}

/** Turns to a transport. */
export function open(turn: Turn, at: number): undefined {
  keep(turn);
  turn.at = at;
  turn.link = attempt(turn, at, 'next');
  turn.status = 'connecting';
}

/** Tries again after so many ms, or after what the back-off says, whichever is later. */
export function wait(turn: Turn, ms = 0): undefined {
  keep(turn);
  turn.notBefore = turn.now + ms;
  const { retry, failures, deaths, maxRetry, chance } = turn;
  time(turn, 'next', Math.max(ms, backOff(retry, failures + deaths, maxRetry, chance)));
  turn.status = 'waiting';
}

/** Tries again now, or as soon as the server wants it. */
export function wake(turn: Turn): void {
  const ms = turn.notBefore - turn.now;
  if (ms > 0) time(turn, 'next', ms);
  else open(turn, candidate(turn, turn.at));
}

/** How long a transport is left that does not work here, in ms. */
export function leaveTime({ betterAfter, trials }: Turn): number {
  return betterAfter * Math.min(mostLeave, 2 ** trials);
}

/** The first transport that is not left, from one on, and around. Where all are, none is. */
export function candidate({ left, order, now }: Turn, from: number): number {
  const around = order.map((_, i) => (from + i) % order.length);
  return around.find((at) => (left[order[at] as string] ?? 0) <= now) ?? (around[0] as number);
}

/** Sees to it that an open connection brings something in time. */
export function watch(turn: Turn): void {
  time(turn, 'next', 2 * turn.heartbeat);
}

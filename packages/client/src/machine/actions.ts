import { PushwireError } from '../wire/error.js';
import type { Timer } from './inputs.js';
import type { Draft } from './state.js';

/** The longest time that an attempt may take, in ms. */
const maxOpenTimeout = 30_000;

/** The most times `betterAfter` for which a transport is avoided. */
const maxAvoidFactor = 16;

/** Sets a timer. */
export function setTimer(draft: Draft, timer: Timer, ms: number): void {
  draft.effects.push(['timer', timer, ms]);
}

/** Keeps this transport connection and closes all others; stops all timers. */
export function keep(draft: Draft, connection?: number): void {
  draft.trial = undefined;
  draft.current = connection;
  draft.effects.push(['keep', connection]);
}

/** Ends the connection for good. */
export function close(draft: Draft, status: 'ended' | 'failed'): undefined {
  keep(draft);
  draft.status = status;
}

/** Opens a transport connection from the cursor on, and returns its number. */
export function attempt(draft: Draft, index: number, timer: Timer): number {
  draft.effects.push(['open', ++draft.opened, index]);
  // After failures all around, the network may be slow: each round gets more time.
  setTimer(draft, timer, Math.min(maxOpenTimeout, draft.openTimeout * 2 ** draft.failures));
  return draft.opened;
}

/**
 * Tells that an open connection is cut whose source has no log: it can only run again, from its
 * start, unless it resumes by ids of its own. A source that must not run twice ends here.
 *
 * @param index the transport that was open.
 */
export function interrupt(draft: Draft, index: number): void {
  const { hasLog, idempotent, cursor } = draft;
  if (hasLog || (idempotent && cursor)) return;
  draft.effects.push(['error', new PushwireError('interrupted'), index]);
  if (!idempotent) close(draft, 'failed');
}

/** Connects by a transport, in place of the connection in use. */
export function open(draft: Draft, index: number): undefined {
  keep(draft);
  draft.index = index;
  draft.current = attempt(draft, index, 'next');
  draft.status = 'connecting';
}

/** The time for which to avoid a transport that does not work here, in ms. */
export function avoidTime({ betterAfter, trials }: Draft): number {
  return betterAfter * Math.min(maxAvoidFactor, 2 ** trials);
}

/**
 * The index of the first transport that is not avoided, from `from` on and around the order. When
 * all are avoided, it is `from` itself.
 *
 * @param except an index to leave out.
 */
export function candidate({ avoided, order, now }: Draft, from: number, except?: number): number {
  const around = order.map((_, i) => (from + i) % order.length);
  const isFree = (index: number) => index !== except && (avoided[order[index] as string] ?? 0) <= now;
  return around.find(isFree) ?? from % order.length;
}

/** Gives an open connection two heartbeats for the next sign of life. */
export function expectHeartbeat(draft: Draft): void {
  setTimer(draft, 'next', 2 * draft.heartbeat);
}

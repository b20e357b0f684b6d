import { PushwireError } from '../wire/error.js';
import { candidate, close, interrupt, keep, open, setTimer } from './actions.js';
import { openNext, reconnect, wait } from './back-off.js';
import { classify } from './classify.js';
import { onFrame, onTrialFrame } from './frames.js';
import type { Inputs } from './inputs.js';
import type { Draft, State } from './state.js';
import { avoid, beginTrial, endTrial } from './trial.js';

/** Early drops in a row after which the client moves on to the next transport. */
const maxDrops = 3;

/** True when a connection will not change any more. */
export const isClosed = ({ status }: Pick<State, 'status'>): boolean => status === 'ended' || status === 'failed';

/**
 * Computes the state after one input, with the effects that a driver must then run. Pure.
 *
 * @param now in ms since 1970.
 * @param random from 0 to 1.
 */
export function step<Type extends keyof Inputs>(
  before: State,
  [type, ...args]: readonly [Type, ...Inputs[Type]],
  now: number,
  random: number,
): State {
  const draft: Draft = { ...before, now, random, effects: [] };
  if (!isClosed(draft)) handlers[type](draft, ...args);
  if (before.status === 'open' && draft.status !== 'open' && !isClosed(draft)) interrupt(draft, before.index);
  if (draft.status !== before.status || draft.index !== before.index) {
    draft.since = now;
    // The status comes first, because the other effects belong to it.
    draft.effects.unshift(['status']);
  }
  return draft;
}

const handlers: { readonly [Type in keyof Inputs]: (draft: Draft, ...args: Inputs[Type]) => void } = {
  frame(draft, connection, frame) {
    if (frame && connection === draft.trial) onTrialFrame(draft, frame);
    if (connection !== draft.current) return;
    draft.aliveAt = draft.now;
    if (!frame) return;
    if (onFrame(draft, frame)) onClosed(draft, new PushwireError('bad-data'));
  },
  closed(draft, connection, error) {
    if (connection === draft.trial) endTrial(draft);
    else if (connection === draft.current) onClosed(draft, error);
  },
  next: onNext,
  better(draft) {
    if (draft.trial) endTrial(draft);
    else beginTrial(draft);
  },
  offline(draft) {
    // Browsers are sometimes wrong about this, so attempts go on.
    draft.away = true;
  },
  freeze(draft) {
    draft.away = true;
    keep(draft);
    draft.status = 'waiting';
  },
  resume(draft) {
    // A connection that was open before may belong to another network. A one-off source would run
    // a second time.
    if (draft.away && (draft.hasLog || draft.status !== 'open')) reconnect(draft);
    draft.away = false;
  },
  visibility(draft) {
    // A page that goes to the back/forward cache is hidden after it was frozen.
    if (draft.status === 'waiting' && !draft.away) reconnect(draft);
    else if (draft.status === 'open') onNext(draft);
  },
  close: (draft) => close(draft, 'ended'),
};

/** The first frame, the next attempt or a sign of life is due. */
function onNext(draft: Draft): undefined {
  const { status, aliveAt = 0, heartbeat, now } = draft;
  // The machine's clock may have been set back since the last sign of life.
  const remaining = Math.min(aliveAt, now) + 2 * heartbeat - now;
  if (status === 'waiting') openNext(draft);
  else if (status === 'connecting') onClosed(draft, new PushwireError('timeout'));
  else if (remaining > 0) setTimer(draft, 'next', remaining);
  else onClosed(draft, new PushwireError('silent'));
}

/** The connection in use closed, or must be given up. */
function onClosed(draft: Draft, error: PushwireError): undefined {
  const { index, renews, renewed, hasLog, idempotent, status: before } = draft;
  const { code, status, closeCode, retry } = error;
  const outcome = classify(error, draft.retryOn);
  const isDrop = outcome === 'broken' && before === 'open';
  if (outcome === 'ended') return close(draft, 'ended');
  // A drop is normal and no error, unless the client had to find out by itself.
  if (!isDrop || code === 'silent') draft.effects.push(['error', error, index]);
  if (status === 401 && renews && !renewed) {
    draft.renewed = true;
    return open(draft, index);
  }
  if (isDrop) return onDrop(draft);
  if (outcome !== 'later') {
    // The server may have got the request.
    if (outcome === 'final' || !(hasLog || idempotent)) return close(draft, 'failed');
    // A browser hides why a handshake failed, so any close code counts as a refusal.
    if (moveOn(draft, outcome === 'refused' || closeCode)) return open(draft, draft.index);
  }
  wait(draft, retry);
  draft.failures++;
}

/** An open connection dropped. After several early drops in a row, the transport is to blame. */
function onDrop(draft: Draft): undefined {
  if (draft.now - (draft.openedAt as number) < draft.steadyAfter) draft.drops++;
  else draft.trials = draft.drops = 0;
  if (draft.drops === maxDrops) {
    draft.good = -1;
    moveOn(draft, true);
  }
  wait(draft);
}

/**
 * Turns to the next transport, and avoids this one if it is known not to work. An outage looks like
 * that too, so the transport that was open last is not avoided: it is every second choice.
 *
 * @returns true if the next transport may be tried at once: each is, once before the next wait.
 */
function moveOn(draft: Draft, isRefusal: unknown): unknown {
  const { index, good, failures } = draft;
  const isGood = index === good;
  if (isRefusal && !isGood) avoid(draft, index);
  // Each time that the good one fails, another one follows it.
  const other = candidate(draft, index + 1 + (isGood ? failures >> 1 : 0), good);
  const isNext = isRefusal && other > index;
  draft.index = isNext || isGood || good < 0 ? other : good;
  draft.drops = 0;
  return isNext;
}

import { PushwireError } from '../wire/error.js';
import { hear, hearTrial } from './frames.js';
import type { Given, Input, State, Turn } from './state.js';
import { beginTrial, distrust, endTrial } from './trial.js';
import { candidate, finish, keep, open, time, wait, wake } from './actions.js';
import { judge } from './verdict.js';

/** How often in a row a transport may die young. */
const mostDeaths = 3;

/** Whether nothing happens any more. */
export const isOver = ({ status }: Pick<State, 'status'>): boolean => status === 'ended' || status === 'failed';

/**
 * What a connection knows after something has happened, and what it does then: its effects, which a driver runs. Pure.
 *
 * @param now in ms since 1970.
 * @param chance from 0 to 1.
 */
export function step(before: State, [type, ...given]: Input, now: number, chance: number): State {
  const turn: Turn = { ...before, now, chance, effects: [] };
  if (!isOver(turn)) (take[type] as (turn: Turn, ...given: unknown[]) => void)(turn, ...given);
  if (turn.status !== before.status || turn.at !== before.at) {
    turn.since = now;
    // It is told first, since what is told with it comes by this transport.
    turn.effects.unshift(['status']);
  }
  return turn;
}

/** What each input does. */
const take: { readonly [Type in Input[0]]: (turn: Turn, ...given: Given<Input, Type>) => void } = {
  heard(turn, link, frame) {
    if (frame && link === turn.trial) hearTrial(turn, frame);
    if (link !== turn.link) return;
    turn.aliveAt = turn.now;
    if (frame) hear(turn, frame);
  },
  over(turn, link, error) {
    if (link === turn.trial) endTrial(turn);
    else if (link === turn.link) over(turn, error);
  },
  next,
  better(turn) {
    if (turn.trial) endTrial(turn);
    else if (turn.at > 0) beginTrial(turn);
  },
  offline(turn) {
    // A browser that says so may be wrong, so that attempts go on.
    turn.away = true;
  },
  freeze(turn) {
    turn.away = true;
    wait(turn, turn.notBefore - turn.now);
    keep(turn);
  },
  back(turn) {
    // What was open before belongs to another network.
    if (turn.away) wake(turn);
    turn.away = false;
  },
  look(turn) {
    // A page that is put aside is hidden after that.
    if (turn.status === 'waiting' && !turn.away) wake(turn);
    else if (turn.status === 'open') next(turn);
  },
  close: (turn) => finish(turn, 'ended'),
};

/** The time of what comes next has come. */
function next(turn: Turn): undefined {
  const { status, at, aliveAt = 0, heartbeat, now } = turn;
  // A machine's time of day may have been set back.
  const left = Math.min(aliveAt, now) + 2 * heartbeat - now;
  if (status === 'waiting') open(turn, candidate(turn, at));
  else if (status === 'connecting') over(turn, new PushwireError('timeout'));
  else if (left > 0) time(turn, 'next', left);
  else over(turn, new PushwireError('silent'));
}

/** The connection in use is over. */
function over(turn: Turn, error: PushwireError): undefined {
  const { order, at, asksHeaders, asked, status: before } = turn;
  const { status, closeCode, code, retry } = error;
  const verdict = judge(error);
  const isBroken = verdict === 'broken';
  const hasBroken = isBroken && before === 'open';
  if (verdict === 'ended') return finish(turn, 'ended');
  // That an open connection breaks is no error.
  if (!hasBroken || code === 'silent') turn.effects.push(['error', error, order[at] as string]);
  if (status === 401 && asksHeaders && !asked) {
    turn.asked = true;
    return open(turn, at);
  }
  if (verdict === 'final') return finish(turn, 'failed');
  if (hasBroken) return broke(turn);
  // A browser does not say why a handshake has failed.
  const isTelling = verdict === 'refused' || (isBroken && closeCode);
  if (verdict !== 'later') leave(turn, isTelling);
  // Another transport is tried at once, but each only once before the next wait.
  if (isTelling && turn.at > at) return open(turn, turn.at);
  wait(turn, retry);
  turn.failures++;
}

/** An open connection has broken. That happens; but a transport to which it happens again and again is left. */
function broke(turn: Turn): undefined {
  if (turn.now - (turn.openedAt as number) < turn.steadyAfter) turn.deaths++;
  else turn.trials = turn.deaths = 0;
  if (turn.deaths === mostDeaths) leave(turn, true);
  wait(turn);
}

/** Turns to the next transport. */
function leave(turn: Turn, isTelling: unknown): void {
  if (isTelling) distrust(turn, turn.at);
  turn.at = candidate(turn, turn.at + 1);
  turn.deaths = 0;
}

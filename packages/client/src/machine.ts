import { errorOf } from './error.js';
import { hear } from './hear.js';
import type { Effect, Input, Rules, State, Timer } from './state.js';
import type { Outcome } from './transports/transport.js';
import { beginTrial, endTrial } from './trial.js';
import { candidate, complain, finish, open, type Turn, time, wait, wake } from './turn.js';
import { judge } from './verdict.js';

/** How often in a row a transport may die young. */
const mostDeaths = 3;

/** What a step may draw on besides the state. */
export interface Moment {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** From 0 to 1. */
  readonly chance: number;
}

/** What a connection does next, and what it knows then. Pure: a driver runs the effects. */
export function step(
  before: State,
  input: Input,
  rules: Rules,
  { now, chance }: Moment,
): readonly [State, readonly Effect[]] {
  const turn: Turn = { state: { ...before }, effects: [], rules, now, chance };
  if (before.status !== 'ended' && before.status !== 'failed') take(turn, input);
  return [turn.state, turn.effects];
}

function take(turn: Turn, input: Input): undefined {
  const { state } = turn;
  const { type } = input;
  const isWaiting = state.status === 'waiting';
  if (type === 'start') open(turn, candidate(turn, 0));
  else if (type === 'close') finish(turn, 'ended');
  else if (type === 'timer') due(turn, input.timer);
  else if (type === 'alive') {
    if (input.link === state.link) state.aliveAt = turn.now;
  } else if (type === 'frame') {
    if (input.link === state.link || input.link === state.trial) hear(turn, input.link, input.frame);
  } else if (type === 'over') {
    if (input.link === state.trial) endTrial(turn);
    else if (input.link === state.link) over(turn, input.outcome);
  } else if (type === 'freeze') {
    state.isFrozen = true;
    wait(turn);
    time(turn, 'wait');
  } else if (type === 'thaw') {
    if (state.isFrozen) wake(turn);
    state.isFrozen = false;
  } else if (state.isFrozen) {
    // Nothing but a thaw brings it back.
  } else if (type === 'offline') {
    state.isOffline = true;
    if (isWaiting) wait(turn, state.notBefore - turn.now);
  } else if (type === 'online') {
    // Whatever is open belongs to the network of before.
    if (state.isOffline) wake(turn);
    state.isOffline = false;
  } else if (isWaiting) wake(turn);
  else if (state.status === 'open') watch(turn);
}

function due(turn: Turn, timer: Timer): undefined {
  if (timer === 'wait') open(turn, candidate(turn, turn.state.at));
  else if (timer === 'watch') watch(turn);
  else if (timer === 'better') beginTrial(turn);
  else if (timer === 'trial') endTrial(turn);
  else over(turn, { problem: 'timeout' });
}

/** Looks whether an open connection is still alive. */
function watch(turn: Turn): undefined {
  const { state, now } = turn;
  const left = state.aliveAt + 2 * state.heartbeat - now;
  if (left > 0) time(turn, 'watch', left);
  else over(turn, { problem: 'silent' });
}

/** The connection in use is over. */
function over(turn: Turn, outcome: Outcome): undefined {
  const { state, rules } = turn;
  const { order } = rules;
  const { at } = state;
  const { status, closeCode, problem, retry } = outcome;
  const wasOpen = state.status === 'open';
  const verdict = judge(outcome);
  if (verdict === 'ended') return finish(turn, 'ended');
  // That an open connection breaks is no error.
  if (!wasOpen || verdict !== 'broken' || problem) complain(turn, errorOf(outcome, order[at] as string));
  if (verdict === 'unauthorized' && rules.asksHeaders && !state.askedAgain) {
    state.askedAgain = true;
    return open(turn, at);
  }
  if (verdict === 'final' || verdict === 'unauthorized') return finish(turn, 'failed');
  if (wasOpen && verdict === 'broken') return broke(turn);
  // A browser does not say why a handshake has failed.
  const isHandshake = verdict === 'broken' && closeCode !== undefined;
  const isAnswer = verdict === 'refused' && (status || problem === 'unsupported');
  state.refused = isAnswer || isHandshake ? state.refused + 1 : 0;
  if (isAnswer && state.refused >= order.length) return finish(turn, 'failed');
  const isTelling = verdict === 'refused' || isHandshake;
  if (isTelling) state.failed = [...state.failed, at];
  if (verdict !== 'later') state.at = candidate(turn, at + 1);
  // Another transport is tried at once, but each only once before the next wait.
  if (isTelling && state.at > at) return open(turn, state.at);
  wait(turn, retry);
  state.failures++;
}

/** An open connection has broken. That happens; but a transport to which it happens again and again is left. */
function broke(turn: Turn): undefined {
  const { state, rules, now } = turn;
  const diedYoung = now - state.openedAt < rules.young;
  if (!diedYoung) state.trials = 0;
  state.died = diedYoung ? state.died + 1 : 0;
  if (state.died === mostDeaths) {
    state.failed = [...state.failed, state.at];
    state.at = candidate(turn, state.at + 1);
    state.died = 0;
  }
  wait(turn);
}

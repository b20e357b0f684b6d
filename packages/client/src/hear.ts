import { PushwireError } from './error.js';
import type { Frame } from './frame.js';
import { endTrial, leaveFor, planTrial, takeOver } from './trial.js';
import { become, complain, finish, type Turn, time, wait } from './turn.js';

/** How many ids are remembered, so that nothing comes twice where two connections overlap. */
const mostRecent = 100;

/** What events of the protocol may say. */
interface Said {
  readonly heartbeat?: number;
  readonly retry?: number;
}

/** A frame has come, over the connection in use or the one on trial. */
export function hear(turn: Turn, link: number, frame: Frame): undefined {
  const { state, effects, rules, now } = turn;
  const { id, event = '' } = frame;
  const isOurs = event.startsWith('pushwire:');
  const said = (isOurs && frame.data ? frame.data : {}) as Said;
  const isTurnedAway = event === 'pushwire:retry';
  const isOnTrial = link === state.trial;
  if (isOnTrial && isTurnedAway) return endTrial(turn);
  if (isOnTrial && !takeOver(turn)) return;
  state.aliveAt = now;
  if (isTurnedAway) {
    if (state.status !== 'open') state.failures++;
    return wait(turn, said.retry);
  }
  state.heartbeat = said.heartbeat ?? state.heartbeat;
  state.retry = said.retry ?? state.retry;
  if (isOnTrial || state.status !== 'open') opened(turn);
  if (event === 'pushwire:open') state.hasLog ||= id !== undefined;
  else if (event === 'pushwire:gap') effects.push({ do: 'gap', frame });
  else if (event === 'pushwire:error') {
    complain(turn, new PushwireError('source-failed', { transport: rules.order[state.at] as string }));
  } else if (!isOurs) {
    // The ids of a stream without a log are the app's, and may come again.
    if (id !== undefined && state.hasLog) {
      if (state.recent.includes(id)) return;
      state.recent = [...state.recent.slice(1 - mostRecent), id];
    }
    effects.push({ do: 'message', frame });
  }
  if (id !== undefined) state.cursor = id;
  if (event === 'pushwire:end') finish(turn, 'ended');
}

/** A transport is trusted from its first frame on, and what failed before it is not, for a while. */
function opened(turn: Turn): void {
  const { state, now } = turn;
  state.openedAt = now;
  state.failures = state.refused = 0;
  state.askedAgain = false;
  time(turn, 'first');
  if (state.heartbeat) time(turn, 'watch', 2 * state.heartbeat);
  const better = state.failed.filter((at) => at < state.at);
  state.failed = [];
  if (better.length > 0) leaveFor(turn, better);
  if (state.at > 0) planTrial(turn);
  become(turn, 'open');
}

import { PushwireError } from './error.js';
import type { Frame } from './frame.js';
import type { Turn } from './state.js';
import { endTrial, leaveFor, planTrial, takeOver } from './trial.js';
import { finish, wait, watch } from './turn.js';

/** How many ids are remembered, so that nothing comes twice where two connections overlap. */
const mostRecent = 100;

/** What events of the protocol may say. */
interface Said {
  readonly heartbeat?: number;
  readonly retry?: number;
}

/** A frame has come, over the connection in use or the one on trial. */
export function hear(turn: Turn, link: number | undefined, frame: Frame): undefined {
  const { id, event = '', data } = frame;
  const { effects, trial, now, at, order } = turn;
  const own = event.startsWith('pushwire:') ? event.slice(9) : undefined;
  const { heartbeat = turn.heartbeat, retry = turn.retry } = (own && data ? data : {}) as Said;
  const isOnTrial = link === trial;
  if (own === 'retry') {
    if (isOnTrial) return endTrial(turn);
    turn.failures++;
    return wait(turn, retry);
  }
  if (isOnTrial && !takeOver(turn)) return;
  turn.aliveAt = now;
  Object.assign(turn, { heartbeat, retry });
  if (isOnTrial || turn.status !== 'open') opened(turn);
  if (own === 'open') turn.hasLog ||= id !== undefined;
  if (own === 'gap') effects.push(['gap', frame]);
  if (own === 'error') effects.push(['error', new PushwireError('source-failed'), order[at] as string]);
  if (own === undefined) {
    // The ids of a stream without a log are the app's, and may come again.
    if (id !== undefined && turn.hasLog) {
      if (turn.recent.includes(id)) return;
      turn.recent = [...turn.recent.slice(1 - mostRecent), id];
    }
    effects.push(['message', frame]);
  }
  turn.cursor = id ?? turn.cursor;
  if (own === 'end') finish(turn, 'ended');
}

/** A transport is trusted from its first frame on, and what failed before it is not, for a while. */
function opened(turn: Turn): void {
  const { at, failed, now } = turn;
  turn.openedAt = now;
  turn.failures = 0;
  turn.asked = false;
  turn.failed = [];
  watch(turn);
  const better = failed.filter((other) => other < at);
  if (better[0] !== undefined) leaveFor(turn, better);
  planTrial(turn);
  turn.status = 'open';
}

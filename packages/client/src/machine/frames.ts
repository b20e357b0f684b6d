import { PushwireError } from '../wire/error.js';
import type { Frame } from '../wire/frame.js';
import type { Turn } from './state.js';
import { distrust, endTrial, planTrial } from './trial.js';
import { finish, open, wait, watch } from './actions.js';

/** How many ids are remembered, so that nothing comes twice where two connections overlap. */
const mostRecent = 100;

/** What events of the protocol may say. */
interface Said {
  readonly heartbeat?: number;
  readonly retry?: number;
}

/** The first frame of a trial has come. */
export function hearTrial(turn: Turn, { event }: Frame): undefined {
  if (event === 'pushwire:retry') return endTrial(turn);
  distrust(turn, turn.trialAt, 0);
  turn.trials++;
  open(turn, turn.trialAt);
}

/** A frame has come. */
export function hear(turn: Turn, frame: Frame): undefined {
  const { id, event = '', data } = frame;
  const { effects, at, order } = turn;
  const own = event.startsWith('pushwire:') ? event.slice(9) : undefined;
  const { heartbeat = turn.heartbeat, retry = turn.retry } = (own && data ? data : {}) as Said;
  if (own === 'retry') {
    turn.failures++;
    return wait(turn, retry);
  }
  Object.assign(turn, { heartbeat, retry });
  if (turn.status !== 'open') opened(turn);
  if (own === 'open') turn.hasLog ||= !!id;
  if (own === 'gap') effects.push(['gap', frame]);
  if (own === 'error') effects.push(['error', new PushwireError('source-failed'), order[at] as string]);
  if (own === undefined) {
    // The ids of a stream without a log are the app's, and may come again.
    if (id && turn.hasLog) {
      if (turn.recent.includes(id)) return;
      turn.recent = [...turn.recent.slice(1 - mostRecent), id];
    }
    effects.push(['message', frame]);
  }
  turn.cursor = id || turn.cursor;
  if (own === 'end') finish(turn, 'ended');
}

/** A transport is trusted from its first frame on. */
function opened(turn: Turn): void {
  turn.openedAt = turn.now;
  turn.failures = 0;
  turn.asked = false;
  watch(turn);
  planTrial(turn);
  turn.status = 'open';
}

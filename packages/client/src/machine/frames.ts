import { PushwireError } from '../wire/error.js';
import type { Frame } from '../wire/frame.js';
import { close, expectHeartbeat, open } from './actions.js';
import { wait } from './back-off.js';
import type { Draft } from './state.js';
import { avoid, endTrial, planTrial } from './trial.js';

/** Ids that are remembered, so that no message arrives twice where two connections overlap. */
const maxRecent = 100;

/** Timing in the data of control events. */
interface Timing {
  readonly heartbeat?: number;
  readonly retry?: number;
}

/** The first frame of a trial arrived: the transport works, unless the server turns it away. */
export function onTrialFrame(draft: Draft, { event }: Frame): undefined {
  if (event === 'pushwire:retry') return endTrial(draft);
  avoid(draft, draft.trialIndex, 0);
  draft.trials++;
  open(draft, draft.trialIndex);
}

/** A frame of the connection in use arrived. */
export function onFrame(draft: Draft, frame: Frame): undefined {
  const { id, event = '', data } = frame;
  const { effects, index, order } = draft;
  const [, control] = event.split(/^pushwire:/);
  const { heartbeat = draft.heartbeat, retry = draft.retry } = (control && data ? data : {}) as Timing;
  if (control === 'retry') {
    draft.failures++;
    return wait(draft, retry);
  }
  Object.assign(draft, { heartbeat, retry });
  if (draft.status !== 'open') onFirstFrame(draft);
  if (control === 'open') draft.hasLog ||= !!id;
  if (control === 'gap') effects.push(['gap', frame]);
  if (control === 'error') effects.push(['error', new PushwireError('source-failed'), order[index] as string]);
  if (control === undefined) {
    // Without a log, ids are the app's own and may repeat.
    if (id && draft.hasLog) {
      if (draft.recent.includes(id)) return;
      draft.recent = [...draft.recent.slice(1 - maxRecent), id];
    }
    effects.push(['message', frame]);
  }
  draft.cursor = id || draft.cursor;
  if (control === 'end') close(draft, 'ended');
}

/** An attempt succeeded. Its first frame proves that, and not a response head or a handshake. */
function onFirstFrame(draft: Draft): void {
  draft.openedAt = draft.now;
  draft.failures = 0;
  draft.renewed = false;
  expectHeartbeat(draft);
  planTrial(draft);
  draft.status = 'open';
}

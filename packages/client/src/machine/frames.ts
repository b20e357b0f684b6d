import { PushwireError } from '../wire/error.js';
import type { Frame } from '../wire/frame.js';
import { close, expectHeartbeat, open } from './actions.js';
import { wait } from './back-off.js';
import type { Draft, End } from './state.js';
import { endTrial, planTrial } from './trial.js';

/** Ids that are remembered, so that no message arrives twice where two connections overlap. */
const maxRecent = 100;

/** The data of the protocol's own events, as far as the client reads it. */
interface ControlData {
  readonly heartbeat?: number;
  readonly retry?: number;
  /** The cursor that the server got. */
  readonly from?: string;
}

/** A time from the wire in ms, or 0 if it is none. */
const timeOf = (ms: unknown): number => ((ms as number) > 0 ? +(ms as number) : 0);

/** The first frame of a trial arrived: the transport works, unless the server turns it away. */
export function onTrialFrame(draft: Draft, { event }: Frame): undefined {
  if (event !== 'pushwire:open') return endTrial(draft);
  draft.trials++;
  open(draft, draft.trialIndex as number);
}

/**
 * A frame of the connection in use arrived.
 *
 * @returns true for a first frame that is none of the protocol's own events: the server was asked
 * for something else, or is another one.
 */
export function onFrame(draft: Draft, frame: Frame): true | undefined {
  const { id, event = '', data } = frame;
  const { effects, cursor } = draft;
  const [, control] = /^pushwire:(.*)/.exec(event) ?? [];
  const { heartbeat, retry, from } = ((control && data) || {}) as ControlData;
  if (!control && draft.status !== 'open') return true;
  if (control === 'retry') {
    draft.failures++;
    return wait(draft, timeOf(retry));
  }
  draft.heartbeat = timeOf(heartbeat) || draft.heartbeat;
  draft.retry = timeOf(retry) || draft.retry;
  if (control === 'open') {
    draft.hasLog ||= !!id;
    // Something on the way has dropped the cursor, or has answered from a cache. Polls at one place
    // share an answer, which leaves out the rounds of their cursors.
    if (cursor && cursor !== id && !`${cursor}!`.startsWith(`${from}!`)) {
      effects.push(['gap', { data: { reason: 'unseen', cursor: id } }]);
    }
  }
  if (draft.status !== 'open') onFirstFrame(draft);
  if (control === 'gap') effects.push(['gap', frame]);
  if (control === 'error') effects.push(['error', new PushwireError('source-failed'), draft.index]);
  if (!control) {
    // Without a log, ids are the app's own and may repeat.
    if (id && draft.hasLog) {
      if (draft.recent.includes(id)) return;
      draft.recent = [...draft.recent.slice(1 - maxRecent), id];
    }
    effects.push(['message', frame]);
  }
  draft.cursor = id || cursor;
  if (control === 'end') {
    draft.end = data as End;
    close(draft, 'ended');
  }
}

/** An attempt succeeded. Its first frame proves that, and not a response head or a handshake. */
function onFirstFrame(draft: Draft): void {
  draft.openedAt = draft.now;
  draft.failures = 0;
  draft.good = draft.index;
  draft.renewed = false;
  expectHeartbeat(draft);
  planTrial(draft);
  draft.status = 'open';
}

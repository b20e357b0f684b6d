import type { Clock } from '../environment/clock.js';
import { PushwireError } from '../wire/error.js';
import { isSame } from './json.js';

/**
 * Milliseconds for the server's value to come where the server has told another one meanwhile: it
 * may be what the app on the server has made of the value, so that nothing else comes.
 */
const otherWait = 1000;

/** A value that the app has set, or a deletion, that the server has not confirmed. */
interface Draft<Value> {
  /** `undefined` for a deletion. */
  readonly value: Value | undefined;
  /** False while it is sent, and true once the app on the server has taken it. */
  isSent?: boolean;
  /** True if the server has told this value while it was sent, and false if only others. */
  wasHeard?: boolean | undefined;
  /** Stops the timer that gives it up. */
  stop?: () => void;
  result?: Promise<void>;
}

/** The parts of a state's connection that drafts use. */
export interface DraftsHost<Value> {
  readonly clock: Clock;
  /** Milliseconds for one write, and then for the server's value to come. */
  readonly timeout: number;
  readonly write: (key: string, value: Value | undefined, signal: AbortSignal) => unknown;
  /** Returns the value that the server has told last. */
  readonly known: (key: string) => Value | undefined;
  /** Is called when a key has another draft, or none any more. */
  readonly onChange: (key: string) => void;
}

/** Values that are sent, and shown until the server tells its own. */
export interface Drafts<Value> {
  get(key: string): Draft<Value> | undefined;
  /** Shows a value and sends it, after those of the same key that are under way. */
  set(key: string, value: Value | undefined): Promise<void>;
  /** The server has told a value. */
  heard(key: string): void;
  /** Stops all timers. */
  close(): void;
}

export function createDrafts<Value>({ clock, timeout, write, known, onChange }: DraftsHost<Value>): Drafts<Value> {
  const drafts = new Map<string, Draft<Value>>();
  /** The end of the last write of each key. */
  const turns = new Map<string, Promise<unknown>>();
  const get = (key: string) => drafts.get(key);

  /** Shows the server's value again, unless a newer draft has come. */
  const drop = (key: string, draft: Draft<Value>) => {
    draft.stop?.();
    if (get(key) !== draft) return;
    drafts.delete(key);
    onChange(key);
  };

  const writeInTime = (key: string, value: Value | undefined) => {
    const ending = new AbortController();
    return new Promise((resolve, reject) => {
      const late = new PushwireError('timeout');
      const stop = clock.after(timeout, () => {
        reject(late);
        ending.abort(late);
      });
      ending.signal.addEventListener('abort', stop);
      Promise.resolve(write(key, value, ending.signal)).then(resolve, reject);
    }).finally(() => ending.abort());
  };

  const send = async (key: string, draft: Draft<Value>) => {
    draft.isSent = false;
    // The server tells nothing of a key that it does not have.
    if (draft.value === undefined && known(key) === undefined) draft.wasHeard = true;
    try {
      await writeInTime(key, draft.value);
    } catch (error) {
      drop(key, draft);
      throw error;
    }
    draft.isSent = true;
    if (draft.wasHeard) drop(key, draft);
    else if (get(key) === draft) {
      draft.stop = clock.after(draft.wasHeard === false ? otherWait : timeout, () => drop(key, draft));
    }
    return true;
  };

  return {
    get,
    set(key, value) {
      const draft: Draft<Value> = { value };
      get(key)?.stop?.();
      drafts.set(key, draft);
      onChange(key);
      // Values that wait for their turn while newer ones come are not sent.
      const turn = (turns.get(key) ?? Promise.resolve()).then(() => get(key) === draft && send(key, draft));
      const end: Promise<unknown> = turn.catch(() => {}).then(() => turns.get(key) === end && turns.delete(key));
      turns.set(key, end);
      draft.result = turn.then((wasSent) => {
        if (!wasSent) return get(key)?.result;
      });
      return draft.result;
    },
    heard(key) {
      const draft = get(key);
      if (draft?.isSent) drop(key, draft);
      else if (draft?.isSent === false) draft.wasHeard ||= isSame(draft.value, known(key));
    },
    close() {
      for (const { stop } of drafts.values()) stop?.();
    },
  };
}

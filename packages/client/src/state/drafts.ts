import type { Clock } from '../environment/clock.js';
import { PushwireError } from '../wire/error.js';
import { isSame } from './json.js';

/** A value that the app has set, or a deletion, that the server has not confirmed. */
interface Draft<Value> {
  /** `undefined` for a deletion. */
  readonly value: Value | undefined;
  isSending?: boolean;
  /** True once the app on the server has taken it. */
  isSent?: boolean;
  /** True if the server has told this value while it was sent. */
  wasHeard?: boolean;
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

/** Sends values, and has them shown until the server tells its own. */
export class Drafts<Value> {
  readonly #drafts = new Map<string, Draft<Value>>();
  /** The end of the last write of each key. */
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #host: DraftsHost<Value>;

  constructor(host: DraftsHost<Value>) {
    this.#host = host;
  }

  get(key: string): Draft<Value> | undefined {
    return this.#drafts.get(key);
  }

  /** Shows a value and sends it, after those of the same key that are under way. */
  set(key: string, value: Value | undefined): Promise<void> {
    const draft: Draft<Value> = { value };
    this.#put(key, draft);
    // Values that wait for their turn while newer ones come are not sent.
    const isNewest = () => this.get(key) === draft;
    const turn = (this.#turns.get(key) ?? Promise.resolve()).then(() => isNewest() && this.#send(key, draft));
    const end: Promise<unknown> = turn
      .catch(() => {})
      .then(() => this.#turns.get(key) === end && this.#turns.delete(key));
    this.#turns.set(key, end);
    draft.result = turn.then((wasSent) => {
      if (!wasSent) return this.get(key)?.result;
    });
    return draft.result;
  }

  /** The server has told a value. */
  heard(key: string): void {
    const draft = this.get(key);
    if (draft?.isSent) this.#drop(key, draft);
    else if (draft?.isSending) draft.wasHeard ||= isSame(draft.value, this.#host.known(key));
  }

  /** Stops all timers. */
  close(): void {
    for (const { stop } of this.#drafts.values()) stop?.();
  }

  async #send(key: string, draft: Draft<Value>): Promise<true> {
    draft.isSending = true;
    // The server tells nothing of a key that it does not have.
    draft.wasHeard = draft.value === undefined && isSame(draft.value, this.#host.known(key));
    try {
      await this.#write(key, draft.value);
    } catch (error) {
      this.#drop(key, draft);
      throw error;
    }
    draft.isSent = true;
    if (draft.wasHeard) this.#drop(key, draft);
    else if (this.get(key) === draft) {
      draft.stop = this.#host.clock.after(this.#host.timeout, () => this.#drop(key, draft));
    }
    return true;
  }

  #write(key: string, value: Value | undefined): Promise<unknown> {
    const { clock, timeout, write } = this.#host;
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
  }

  #put(key: string, draft: Draft<Value>): void {
    this.get(key)?.stop?.();
    this.#drafts.set(key, draft);
    this.#host.onChange(key);
  }

  /** Shows the server's value again, unless a newer draft has come. */
  #drop(key: string, draft: Draft<Value>): void {
    draft.stop?.();
    if (this.get(key) !== draft) return;
    this.#drafts.delete(key);
    this.#host.onChange(key);
  }
}

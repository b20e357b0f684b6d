import type { ConnectionStatus } from '../connection.js';
import type { StateConnection, StateOptions } from '../state/connection.js';
import { type OpenState, openState, type Place } from '../state/open-state.js';
import { PushwireError } from '../wire/error.js';
import { notStarted } from './use-connection.js';

/** All that is known of a state besides its values. It is replaced when it changes. */
export interface StateInfo extends ConnectionStatus {
  readonly ready: boolean;
  readonly error: PushwireError | undefined;
}

/** The state of one URL as a component sees it, over all of its connections. */
export class StateStore<Value> {
  values: ReadonlyMap<string, Value> = new Map();
  info: StateInfo = { ...notStarted, ready: false, error: undefined };
  readonly #listeners = new Set<() => void>();
  #open: OpenState<Value> | undefined;
  #place: Place<Value> | undefined;

  constructor(readonly url: string | undefined) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly set = (key: string, value: Value): Promise<void> => this.#send((state) => state.set(key, value));

  readonly delete = (key: string): Promise<void> => this.#send((state) => state.delete(key));

  /** Connects from where the last connection was. Returns a function that disconnects. */
  connect(options: StateOptions<Value>): () => void {
    if (this.url === undefined) return () => {};
    const open = openState(this.url, options, this.#place);
    const { state, place } = open;
    this.#open = open;
    const removers = [
      state.onChange(() => {
        this.values = state.snapshot();
        if (this.info.ready !== state.ready) this.#learn({ ready: this.info.ready || state.ready });
        else this.#tell();
      }),
      state.onError((error) => this.#learn({ error })),
      state.onStatus(({ status, transport, since, end }) =>
        this.#learn({ status, transport, since, end, ...(status === 'open' && { error: undefined }) }),
      ),
    ];
    return () => {
      this.#place = place();
      this.#open = undefined;
      for (const remove of removers) remove();
      state.close();
      this.#learn({ ...notStarted, end: undefined });
    };
  }

  #send(change: (state: StateConnection<Value>) => Promise<void>): Promise<void> {
    const sent = this.#open ? change(this.#open.state) : Promise.reject(new PushwireError('not-open'));
    // A failure that nobody awaits must not be reported as uncaught.
    sent.catch(() => {});
    return sent;
  }

  #learn(news: Partial<StateInfo>): void {
    this.info = { ...this.info, ...news };
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

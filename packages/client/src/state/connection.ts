import type { connect } from '../connect.js';
import type { Connection, ConnectionStatus } from '../connection.js';
import type { ConnectOptions } from '../options.js';

/**
 * Sends a value to the app on the server, which sets it in the state. A promise fulfills when that
 * is done, and rejects if it is not.
 *
 * @param value `undefined` if the key is deleted.
 * @param signal fires when nobody waits any more.
 */
export type SetValue<Value = unknown> = (key: string, value: Value | undefined, signal: AbortSignal) => unknown;

/** Options of `connectState`: those of `connect`, but for the cursor, and how values are set. */
export interface StateOptions<Value = unknown> extends Omit<ConnectOptions, 'cursor'> {
  /**
   * How `set()` sends a value: a URL, to which it POSTs the JSON `{ "key": …, "value": … }` with
   * the query, headers and credentials of the connection, or a function. `delete()` POSTs
   * `{ "key": …, "deleted": true }`. Each has `sendTimeout` for that. No default: without it, the
   * state is only read.
   */
  set?: string | URL | SetValue<Value>;
  /**
   * The function that connects. Defaults to `connect`; pass `connectShared` to share one connection
   * among tabs.
   */
  connect?: typeof connect;
}

/** A copy of a state, which follows the one on the server. */
export interface StateConnection<Value = unknown>
  extends ConnectionStatus,
    Pick<Connection, 'onStatus' | 'onError' | 'cursor'>,
    Iterable<[key: string, value: Value]> {
  /** True once the first snapshot is complete. It stays true. */
  readonly ready: boolean;
  /** Returns the value of a key, or `undefined` if it has none. */
  get(key: string): Value | undefined;
  /** Iterates over all keys and values as they are now, in no particular order. */
  entries(): IterableIterator<[key: string, value: Value]>;
  /**
   * Returns all keys and values as a map that does not change. It is the same map until something
   * changes, and a value that has not changed is the same object in the next one.
   */
  snapshot(): ReadonlyMap<string, Value>;
  /**
   * Listens to the changes of one key.
   *
   * @param listener gets the value; `undefined` if the key is deleted.
   * @returns a function that removes the listener.
   */
  on(key: string, listener: (value: Value | undefined, key: string) => void): () => void;
  /**
   * Listens to all changes. All that arrives together is told once, and so is a snapshot, by what
   * differs. Changes that come one by one, over a WebSocket or from another tab, are collected for
   * 10 ms. When the first snapshot is complete, it is told even if it is empty.
   *
   * @param listener gets the keys that have changed or are deleted.
   * @returns a function that removes the listener.
   */
  onChange(listener: (keys: ReadonlySet<string>) => void): () => void;
  /**
   * Shows a value at once, and sends it by the option `set`: the values of one key one after the
   * other, of which those that newer ones replace before their turn are left out. The value of the
   * server takes its place when it comes. If the value cannot be sent, or if the server tells none
   * within `sendTimeout`, the last value of the server is shown again; so it is after a second if
   * the server has told another value before the app had taken this one.
   *
   * @param value a value that JSON can hold.
   * @returns a promise that fulfills when the app on the server has taken the value, or the newer
   * one that has replaced it. It rejects with what the function of the app throws, or with a
   * PushwireError: `refused` with the `status` of the answer to the POST, `network`, `timeout`
   * after `sendTimeout`, or `not-open` once the connection has ended. A promise that the app
   * ignores tells its failure to nobody, and ends no process.
   * @throws {TypeError} (as a rejection) without the option `set`, for a key that is no text, and
   * for a value that JSON cannot hold.
   */
  set(key: string, value: Value): Promise<void>;
  /**
   * Hides a key at once, and sends its deletion by the option `set`, as `set()` does with a value.
   *
   * @returns as `set()` does.
   * @throws {TypeError} and PushwireError (as a rejection) as `set()` does.
   */
  delete(key: string): Promise<void>;
  /** Closes the connection. Listeners get no more changes, and the values stay. */
  close(): void;
}

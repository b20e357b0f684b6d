import type { Position } from '../log/cursor';
import type { Entry } from '../log/entry';
import type { Message } from '../log/message';
import type { PresenceStore } from './presence-store';

/** A write to one key of a state. */
export interface StateWrite {
  /** The value of a key, or its deletion. */
  readonly message: Message;
  /**
   * The position that the newest value of the key must have, or `absent` for a key that must have
   * none. `undefined` for any.
   */
  readonly ifAt: Position | 'absent' | undefined;
}

/**
 * The reply to a write:
 *
 * - `written`: it is the newest message of the key now.
 * - `unchanged`: there was no value to delete. The position is that of the newest message.
 * - `moved`: the key has another value than `ifAt` says.
 * - `full`: a limit of the state leaves no room.
 */
export type StateWritten =
  | { readonly kind: 'written' | 'unchanged'; readonly position: Position }
  | { readonly kind: 'moved' }
  | { readonly kind: 'full'; readonly limit: 'keys' | 'bytes' };

/** The values of a state, in the order of their changes. */
export interface StateValues {
  readonly epoch: string;
  readonly entries: readonly Entry[];
}

/**
 * Keeps the states of a backplane. All methods take the name of a log. Each is one step, and
 * settles within a limited time.
 *
 * @throws PushwireError each method, or its promise, throws `backplane-unavailable` or
 * `backplane-unconfirmed`.
 */
export interface StateStore extends PresenceStore {
  /** Gives a message the next offset of the log, in the place of the one before it with its key. */
  write(log: string, write: StateWrite): StateWritten | Promise<StateWritten>;
  /** Returns the value of a key, or all values where there is no key. */
  read(log: string, key?: string): StateValues | Promise<StateValues>;
  /**
   * Deletes all values. The log begins a new life without messages, which its followers see.
   *
   * @returns the beginning of the new life.
   */
  clear(log: string): Position | Promise<Position>;
}

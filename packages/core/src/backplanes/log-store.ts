import type { Log } from '../log/log';
import { LogTally } from '../log/log-tally';
import { type Linked, RecencyList } from './recency-list';

/** Limits of all logs of a hub together. */
export interface LogStoreLimits {
  /**
   * The most logs that are kept without a connection. Over it, the log that was used the longest
   * ago is forgotten, first among those whose messages are all gone. A client that comes back to it
   * gets a gap. Defaults to 100000.
   */
  readonly logs: number;
  /**
   * The most bytes of all logs, with 200 bytes for each message and each idempotency key beside its
   * own. Over it, the oldest messages are evicted from the log that was used the longest ago, and
   * from logs with connections only where no other has messages. A client that needs them gets a
   * gap. A run loses nothing while it is under way, and everything at once after its end. Defaults
   * to 134217728 (128 MiB).
   */
  readonly logBytes: number;
  /**
   * The most runs that are under way or kept after their end. Over it, the run that ended the
   * longest ago is forgotten. Without one, `start()` rejects with `hub-full`. Defaults to 10000.
   */
  readonly runs: number;
}

/** A log that a {@link LogStore} keeps. */
export interface StoredLog extends Linked<StoredLog> {
  readonly log: Log;
  /** True while a connection follows the log. */
  readonly isFollowed: boolean;
  /** True for a log that is forgotten as a whole, and never loses some of its messages. */
  readonly isWhole: boolean;
  /** True if it has nothing to drop. */
  readonly isDrained: boolean;
  /** Drops the oldest message, or an idempotency key where there is none. */
  dropOldest(): boolean;
  /** Evicts the messages that the store has dropped, or has them evicted. */
  evictDropped(): void;
  /** The store no longer keeps the log. */
  onForgotten(): void;
}

/**
 * Keeps logs that have had messages, or that have ended, within limits of their number and bytes.
 * Each use of a log costs constant time, and so does each message and each log that has to go.
 */
export class LogStore {
  /** Counts the messages of all logs of the store. */
  readonly tally = new LogTally();
  readonly #limits: Omit<LogStoreLimits, 'runs'>;
  /** Logs without connections and messages. They only keep cursors valid. */
  readonly #empty = new RecencyList<StoredLog>();
  /** Logs without connections. Some may have no messages left, until they are looked at. */
  readonly #unfollowed = new RecencyList<StoredLog>();
  /** Logs with connections, as far as they may have messages. */
  readonly #followed = new RecencyList<StoredLog>();

  constructor(limits: Omit<LogStoreLimits, 'runs'>) {
    this.#limits = limits;
  }

  /** The number of logs without connections. */
  get size(): number {
    return this.#empty.size + this.#unfollowed.size;
  }

  /**
   * Tells the store that a log was used: appended to, ended, followed or no longer followed. A log
   * that has never had messages is not stored.
   */
  use(stored: StoredLog): void {
    const { log } = stored;
    if (log.head === 0 && !log.ended) return;
    this.#listFor(stored).use(stored);
    if (this.size > this.#limits.logs) this.#forgetFor(stored);
    this.makeRoom();
  }

  /**
   * Evicts messages until there is room for `bytes` more.
   *
   * @returns false where all that is left belongs to logs that are not stored.
   */
  makeRoom(bytes = 0): boolean {
    const most = this.#limits.logBytes - bytes;
    if (this.tally.bytes > most) this.#evict(most);
    return this.tally.bytes <= most;
  }

  /** Removes a log and all of its messages. */
  forget(stored: StoredLog): void {
    this.drop(stored);
    stored.onForgotten();
  }

  /** Removes a log that is about to be replaced, and all of its messages. */
  drop(stored: StoredLog): void {
    stored.list?.remove(stored);
    while (stored.dropOldest());
  }

  #listFor({ isFollowed, isDrained }: StoredLog): RecencyList<StoredLog> {
    if (isFollowed) return this.#followed;
    return isDrained ? this.#empty : this.#unfollowed;
  }

  /** Forgets the oldest log, but not the one that has just been used. */
  #forgetFor(used: StoredLog): void {
    const { first } = this.#empty;
    const oldest = first && first !== used ? first : this.#unfollowed.first;
    if (oldest) this.forget(oldest);
  }

  #evict(most: number): void {
    while (this.tally.bytes > most) {
      const oldest = this.#unfollowed.first ?? this.#followed.first;
      if (oldest === undefined) return;
      if (oldest.isWhole) {
        this.forget(oldest);
        continue;
      }
      while (this.tally.bytes > most && oldest.dropOldest());
      oldest.evictDropped();
      if (!oldest.isDrained) return;
      // A followed log is listed again when it is used.
      if (oldest.isFollowed) this.#followed.remove(oldest);
      else this.#empty.use(oldest);
    }
  }
}

import type { Followed } from '../backplanes/backplane';
import type { TagOf } from '../log/channel-tags';
import type { Cursor } from '../log/cursor';
import type { Log } from '../log/log';
import { isRunLog, isStateLog } from '../log/log-name';
import { logsBehind } from '../log/start-positions';

/** A group, as the channels that it follows see it. */
export interface Follower {
  /** The number of its connections. */
  readonly connections: number;
  /** The log has changed. */
  onChange(): void;
  /** The log is about to evict every message before the offset `floor`. */
  beforeEviction(log: Log, floor: number): void;
}

/** A channel that this hub follows because a connection uses it, or is about to. */
export class FollowedChannel {
  /** Most channels have one follower, and a set of one takes more memory than the rest. */
  #followers: Follower | Set<Follower> | undefined;
  /** Settles when the log is available. `undefined` if it was available at once. */
  ready: Promise<void> | undefined;
  #followed: Followed | undefined;
  #isBeginning = false;
  /** The number of joins under way. Each may make a group that follows the channel. */
  #holders = 0;

  constructor(
    readonly name: string,
    readonly onUnused: (channel: FollowedChannel) => void,
  ) {}

  /** Starts with what the backplane returned for the channel. */
  begin(followed: Followed | PromiseLike<Followed>): void {
    if (!('then' in followed)) {
      this.#followed = followed;
      return;
    }
    this.#isBeginning = true;
    const begun = Promise.resolve(followed).then((value) => {
      this.#followed = value;
      this.ready = undefined;
    });
    this.ready = begun.finally(() => {
      this.#isBeginning = false;
      this.#stopIfUnused();
    });
    // Each join that waits for it sees the failure. Without one, the rejection ends here.
    this.ready.catch(() => {});
  }

  get log(): Log {
    if (this.#followed === undefined) throw new Error(`${this.name} is not followed yet`);
    return this.#followed.log;
  }

  /** True while the log is a deleted one, which is about to be replaced. */
  get isDeleted(): boolean {
    return this.#followed?.isDeleted === true;
  }

  /** True if the log is a copy, which may be behind other processes. */
  get isCopy(): boolean {
    return this.#followed?.refresh !== undefined;
  }

  /** True for a run of which the backplane has nothing. */
  get isUnknownRun(): boolean {
    return this.#followed?.isKnown === false && isRunLog(this.name);
  }

  async refresh(): Promise<void> {
    await this.#followed?.refresh?.();
  }

  get followers(): Iterable<Follower> {
    const followers = this.#followers;
    if (followers === undefined) return [];
    return followers instanceof Set ? followers : [followers];
  }

  add(follower: Follower): void {
    const followers = this.#followers;
    if (followers === undefined) this.#followers = follower;
    else if (followers instanceof Set) followers.add(follower);
    else this.#followers = new Set([followers, follower]);
  }

  /** Keeps the channel followed until {@link release}. */
  hold(): this {
    this.#holders++;
    return this;
  }

  release(): void {
    this.#holders--;
    this.#stopIfUnused();
  }

  remove(follower: Follower): void {
    const followers = this.#followers;
    if (followers === follower || (followers instanceof Set && followers.delete(follower) && followers.size === 0)) {
      this.#followers = undefined;
    }
    this.#stopIfUnused();
  }

  #stopIfUnused(): void {
    const isUnused = this.#followers === undefined && this.#holders === 0;
    // A follow that has not begun cannot be stopped yet. It is stopped when it has begun.
    if (this.#isBeginning || !isUnused) return;
    this.onUnused(this);
    this.#followed?.stop();
  }
}

/**
 * Brings copies up to the current state that are behind a cursor, of a deleted log or of a run: one
 * that has just begun in another process would be unknown here, or hidden by the run before it.
 * Returns `undefined` where there are none.
 */
export function refreshBehind(
  channels: readonly FollowedChannel[],
  cursor: Cursor,
  tags: readonly string[],
): Promise<void> | undefined {
  const copies = channels.filter(({ isCopy }) => isCopy);
  if (copies.length === 0) return undefined;
  const behind = logsBehind(
    cursor,
    channels.map(({ log }) => log),
    tags,
  );
  const refreshing = copies
    .filter(({ isDeleted, log, name }) => isDeleted || isRunLog(name) || behind.includes(log))
    .map((copy) => copy.refresh());
  return refreshing.length > 0 ? Promise.all(refreshing).then(() => {}) : undefined;
}

/**
 * Waits for logs that are not there yet, and for copies that are behind the client's cursor.
 * Returns `undefined` where there are none.
 */
export function whenCurrent(
  channels: readonly FollowedChannel[],
  cursor: Cursor,
  tagOf: TagOf,
): Promise<void> | undefined {
  const waits = channels.flatMap(({ ready }) => ready ?? []);
  if (waits.length > 0) return Promise.all(waits).then(() => whenCurrent(channels, cursor, tagOf));
  if (!channels.some(({ isCopy }) => isCopy)) return undefined;
  return refreshBehind(
    channels,
    cursor,
    channels.map(({ name }) => tagOf(name)),
  );
}

/** True for a channel whose log is here. Runs and states are followed by rules of their own. */
export const isPlain = ({ isCopy, name }: FollowedChannel) => !isCopy && !isRunLog(name) && !isStateLog(name);

/**
 * Returns the logs of these channels. A deleted log is replaced by another, which is seldom, and to
 * make a list anew is a part of the cost of each read.
 *
 * @param before the list that this has returned before.
 */
export function logsOf(followed: readonly FollowedChannel[], before: readonly Log[]): readonly Log[] {
  for (let i = 0; i < followed.length; i++) {
    if (followed[i]?.log !== before[i]) return followed.map(({ log }) => log);
  }
  return before;
}

import type { Followed } from '../backplanes/backplane';
import { isUnreachable } from '../checks/errors';
import { plainTag, rememberedTags, type TagOf } from '../log/channel-tags';
import type { Cursor, Position } from '../log/cursor';
import type { Log } from '../log/log';
import { ownText } from '../log/message';
import { CompressedGroup } from './compressed-group';
import { FollowedChannel, isPlain, whenCurrent } from './followed-channel';
import { Group } from './group';
import type { GroupFormat } from './group-format';
import type { GroupHost } from './group-host';
import { IdleGroups } from './idle-groups';

/** Follows a channel on the backplane, which calls `onChange` after each append. */
type Follow = (channel: string, onChange: () => void) => Followed | Promise<Followed>;

/** The groups of a hub and the channels that they follow. */
export class Groups {
  readonly #groups = new Map<string, Group>();
  readonly #channels = new Map<string, FollowedChannel>();
  #changed = new Set<FollowedChannel>();
  readonly tagOf: TagOf;
  readonly #namesGaps: boolean;
  readonly #idle: IdleGroups;
  /** The group of one local channel that was entered last, and is likely to be the next one. */
  #last: { readonly format: GroupFormat; readonly name: string; readonly group: Group } | undefined;
  readonly #onUnused = ({ name }: FollowedChannel) => {
    this.#channels.delete(name);
  };

  constructor(
    readonly host: GroupHost,
    readonly follow: Follow,
    tagOf: TagOf = plainTag,
    readonly maxChannels = Number.POSITIVE_INFINITY,
  ) {
    // A secret that hides the names in cursors hides them in gaps too.
    this.#namesGaps = tagOf === plainTag;
    this.tagOf = rememberedTags(tagOf);
    this.#idle = new IdleGroups(host.clock, (group) => this.#drop(group));
  }

  /** The number of channels that somebody follows. */
  get channels(): number {
    return this.#channels.size - this.#idle.channels.size;
  }

  /** Lets go of what is kept for the next poll. */
  close(): void {
    this.#idle.clear();
  }

  /** The number of connections to a channel. */
  connectionsTo(name: string): number {
    let connections = 0;
    for (const follower of this.#channels.get(name)?.followers ?? []) connections += follower.connections;
    return connections;
  }

  /** Writes everything that was published, in this turn. */
  flush(): void {
    for (const group of this.#groups.values()) group.flush();
  }

  /**
   * Enters the group of these channels and this format, for one more connection whose client is at
   * `cursor`.
   *
   * @returns a promise only where a channel is remote; `unavailable` where it cannot be reached;
   * `full` where the hub would follow too many channels.
   */
  join(format: GroupFormat, names: readonly string[], cursor: Cursor): Group | 'full' | Promise<Group | 'unavailable'> {
    const last = this.#last;
    if (last?.format === format && names.length === 1 && last.name === names[0]) return last.group.enter();
    const key = `${format.name}\0${names.join('\0')}`;
    const existing = this.#groups.get(key);
    if (existing && !existing.followed.some(({ isCopy }) => isCopy)) {
      if (names.length === 1) this.#last = { format, name: names[0] as string, group: existing };
      return existing.enter();
    }
    const enter = (channels: readonly FollowedChannel[]) =>
      (this.#groups.get(key) ?? this.#makeGroup(key, format, channels)).enter();
    const joining = this.#hold(names, (channels) => whenCurrent(channels, cursor, this.tagOf), enter);
    return joining instanceof Promise ? joining.catch(unavailable) : joining;
  }

  /**
   * Follows a channel for a reader that starts at `cursor`.
   *
   * @param enter adds the reader. It is called at once where the channel is local.
   * @returns a promise only where the channel is remote. It rejects where it cannot be reached.
   */
  read<T>(name: string, cursor: Cursor, enter: (channel: FollowedChannel) => T): T | 'full' | Promise<T> {
    const untilCurrent = (channels: readonly FollowedChannel[]) => whenCurrent(channels, cursor, this.tagOf);
    return this.#hold([name], untilCurrent, ([channel]) => enter(channel as FollowedChannel));
  }

  /** Finds the position of a channel's newest message, whichever process has published it. */
  head(name: string): Position | 'full' | Promise<Position> {
    const untilCurrent = ([channel]: readonly FollowedChannel[]) =>
      channel?.ready ?? (channel?.isCopy ? channel.refresh() : undefined);
    return this.#hold([name], untilCurrent, ([channel]) => headOf((channel as FollowedChannel).log));
  }

  /** Calls `enter` with channels that are followed and up to date, and holds them meanwhile. */
  #hold<T>(
    names: readonly string[],
    untilCurrent: (channels: readonly FollowedChannel[]) => Promise<void> | undefined,
    enter: (channels: readonly FollowedChannel[]) => T,
  ): T | 'full' | Promise<T> {
    if (!this.#hasRoomFor(names)) return 'full';
    const channels: FollowedChannel[] = [];
    const release = () => {
      for (const channel of channels) channel.release();
    };
    const enterCurrent = () => {
      // The process that owns a history does not tell its copies when a message has become too old.
      for (const channel of channels) if (channel.isCopy) this.#evict(channel);
      return enter(channels);
    };
    let becomingCurrent: Promise<void> | undefined;
    try {
      for (const name of names) channels.push(this.#follow(name));
      becomingCurrent = untilCurrent(channels);
      if (!becomingCurrent) return enterCurrent();
    } finally {
      if (!becomingCurrent) release();
    }
    return becomingCurrent.then(enterCurrent).finally(release);
  }

  #makeGroup(key: string, format: GroupFormat, channels: readonly FollowedChannel[]): Group {
    const tags = channels.map(({ name }) => this.tagOf(name));
    const isKept = format.isPolled === true && channels.every(isPlain);
    const onEmpty = (group: Group) => (isKept ? this.#idle.keep(group) : this.#drop(group));
    const Kind = format.compression ? CompressedGroup : Group;
    const group = new Kind(key, format, channels, tags, this.host, onEmpty, this.#namesGaps);
    this.#groups.set(key, group);
    return group;
  }

  #drop(group: Group): void {
    if (this.#groups.get(group.key) === group) this.#groups.delete(group.key);
    if (this.#last?.group === group) this.#last = undefined;
    for (const channel of group.followed) channel.remove(group);
  }

  #hasRoomFor(names: readonly string[]): boolean {
    if (this.#fits(names)) return true;
    this.#idle.clear();
    return this.#fits(names);
  }

  #fits(names: readonly string[]): boolean {
    const free = this.maxChannels - this.#channels.size;
    return names.length <= free || names.filter((name) => !this.#channels.has(name)).length <= free;
  }

  /** Follows a channel, and holds it until `release`. */
  #follow(name: string): FollowedChannel {
    const existing = this.#channels.get(name);
    if (existing) return existing.hold();
    const channel = new FollowedChannel(ownText(name), this.#onUnused);
    channel.begin(this.follow(channel.name, () => this.#onChange(channel)));
    this.#channels.set(channel.name, channel);
    return channel.hold();
  }

  /** Tells the groups about all changes of a turn at once, when the turn is over. */
  #onChange(channel: FollowedChannel): void {
    if (this.#changed.size === 0) this.host.clock.soon(() => this.#flushChanged());
    this.#changed.add(channel);
  }

  #flushChanged(): void {
    const changed = this.#changed;
    this.#changed = new Set();
    for (const { followers } of changed) for (const follower of followers) follower.onChange();
    for (const channel of changed) this.#evict(channel);
  }

  /** Evicts the messages that exceed the log's limits, after they are written. */
  #evict({ followers, isDeleted, log }: FollowedChannel): void {
    const now = this.host.clock.now();
    // The next life of a deleted log is about to take its place.
    const floor = isDeleted ? Number.POSITIVE_INFINITY : log.floorAt(now);
    for (const follower of followers) follower.beforeEviction(log, floor);
    log.evict(now);
  }
}

function headOf({ epoch, head }: Log): Position {
  return { epoch, offset: head };
}

function unavailable(error: unknown): 'unavailable' {
  if (isUnreachable(error)) return 'unavailable';
  throw error;
}

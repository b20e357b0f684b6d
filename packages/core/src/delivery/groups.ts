import type { Followed } from '../backplanes/backplane';
import { type Cursor, channelTag } from '../log/cursor';
import { isUnreachable } from '../checks/errors';
import { Following } from './followed-channel';
import { Group, type GroupFormat, type GroupHost } from './group';
import { logsBehind } from '../log/start-positions';

/** Follows a channel; `changed` as for a backplane. */
type Follow = (channel: string, changed: () => void) => Followed | Promise<Followed>;

/** The groups of a hub and the channels that they follow: who is written to when a log has changed. */
export class Groups {
  readonly #groups = new Map<string, Group>();
  readonly #followings = new Map<string, Following>();
  #changed = new Set<Following>();

  constructor(
    readonly host: GroupHost,
    readonly follow: Follow,
  ) {}

  /** How many channels are followed. */
  get channels(): number {
    return this.#followings.size;
  }

  /** How many connections follow a channel. */
  connectionsTo(name: string): number {
    let connections = 0;
    for (const group of this.#followings.get(name)?.groups ?? []) connections += group.connections;
    return connections;
  }

  /** Hands on, in this turn, all that was published. */
  flush(): void {
    for (const group of this.#groups.values()) group.flush();
  }

  /**
   * The group of all who follow these channels in this format, entered for one more connection whose client is at
   * `cursor`. It is a promise only where a channel is remote, and `unavailable` where it cannot be reached.
   */
  join(format: GroupFormat, names: readonly string[], cursor: Cursor): Group | Promise<Group | 'unavailable'> {
    const key = `${format.name}\0${names.join('\0')}`;
    const known = this.#groups.get(key);
    if (known && !known.followings.some(({ isCopy }) => isCopy)) return known.enter();
    const followings: Following[] = [];
    const giveBack = () => {
      for (const following of followings) following.release();
    };
    try {
      for (const name of names) followings.push(this.#follow(name));
    } catch (error) {
      giveBack();
      throw error;
    }
    const enter = () => {
      // Whoever holds the history elsewhere need not say here that a message is too old.
      for (const following of followings) if (following.isCopy) this.#evict(following);
      return (this.#groups.get(key) ?? this.#makeGroup(key, format, followings)).enter();
    };
    const catchingUp = catchUp(followings, cursor);
    if (catchingUp) return catchingUp.then(enter).catch(unavailable).finally(giveBack);
    const group = enter();
    giveBack();
    return group;
  }

  #makeGroup(key: string, format: GroupFormat, followings: readonly Following[]): Group {
    const tags = followings.map(({ channel }) => channelTag(channel));
    const group = new Group(format, followings, tags, this.host, () => {
      if (this.#groups.get(key) === group) this.#groups.delete(key);
    });
    this.#groups.set(key, group);
    return group;
  }

  /** Follows a channel, and holds on to it until `release`. */
  #follow(name: string): Following {
    const known = this.#followings.get(name);
    if (known) return known.hold();
    const following = new Following(name, () => this.#followings.delete(name));
    following.begin(this.follow(name, () => this.#wake(following)));
    this.#followings.set(name, following);
    return following.hold();
  }

  /** A log has changed: its groups hear of it when the turn is over, all changes of the turn at once. */
  #wake(following: Following): void {
    if (this.#changed.size === 0) this.host.clock.soon(() => this.#handOn());
    this.#changed.add(following);
  }

  #handOn(): void {
    const changed = this.#changed;
    this.#changed = new Set();
    for (const { groups } of changed) for (const group of groups) group.changed();
    for (const following of changed) this.#evict(following);
  }

  /** What is over the limits goes, once it is handed on. */
  #evict({ groups, log }: Following): void {
    const now = this.host.clock.now();
    const floor = log.floorAt(now);
    for (const group of groups) group.handOnBefore(log, floor);
    log.evict(now);
  }
}

/** Waits for what is not there yet, or is behind what a client claims to have seen; `undefined` where nothing is. */
function catchUp(followings: readonly Following[], cursor: Cursor): Promise<void> | undefined {
  const waits = followings.flatMap(({ ready }) => ready ?? []);
  if (waits.length > 0) return Promise.all(waits).then(() => catchUp(followings, cursor));
  const copies = followings.filter(({ isCopy }) => isCopy);
  if (copies.length === 0) return undefined;
  const tags = followings.map(({ channel }) => channelTag(channel));
  const behind = logsBehind(
    cursor,
    followings.map(({ log }) => log),
    tags,
  );
  const refreshing = copies.filter(({ log }) => behind.includes(log)).map((copy) => copy.refresh());
  return refreshing.length > 0 ? Promise.all(refreshing).then(() => {}) : undefined;
}

function unavailable(error: unknown): 'unavailable' {
  if (isUnreachable(error)) return 'unavailable';
  throw error;
}

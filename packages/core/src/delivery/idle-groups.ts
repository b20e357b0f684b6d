import type { Clock } from '../time/clock';
import type { FollowedChannel } from './followed-channel';
import type { Group } from './group';

/** The most groups that are kept, so that polls of ever new channels fill nothing. */
const maxGroups = 100;

/**
 * Milliseconds between two looks at the groups. One that was not used since the last look goes. An
 * interval poll comes back after 3 s by default.
 */
const sweepInterval = 5000;

/**
 * Groups of polls that no poll is in at the moment. The next one comes soon, and to make its group
 * and to follow its channels anew would be half of what an empty poll costs.
 */
export class IdleGroups {
  /** Each group, and whether it was not used since the last look. The oldest is the first. */
  readonly #groups = new Map<Group, boolean>();
  #stop: (() => void) | undefined;

  constructor(
    readonly clock: Clock,
    readonly drop: (group: Group) => void,
  ) {}

  /** Keeps a group that its last connection has left. */
  keep(group: Group): void {
    if (this.#groups.size >= maxGroups && !this.#groups.has(group)) {
      for (const [oldest] of this.#groups) {
        this.#forget(oldest);
        break;
      }
    }
    this.#groups.set(group, false);
    this.#stop ??= this.clock.after(sweepInterval, () => this.#sweep());
  }

  /** Drops all of them. */
  clear(): void {
    this.#stop?.();
    this.#stop = undefined;
    for (const group of this.#groups.keys()) this.#forget(group);
  }

  /** The channels that only these groups follow. */
  get channels(): ReadonlySet<FollowedChannel> {
    const idle = [...this.#groups.keys()].filter(({ connections }) => connections === 0);
    const isIdle = new Set<unknown>(idle);
    const channels = idle.flatMap(({ followed }) => followed);
    return new Set(channels.filter(({ followers }) => [...followers].every((follower) => isIdle.has(follower))));
  }

  #sweep(): void {
    for (const [group, isUnused] of this.#groups) {
      if (isUnused || group.connections > 0) this.#forget(group);
      else this.#groups.set(group, true);
    }
    this.#stop = this.#groups.size > 0 ? this.clock.after(sweepInterval, () => this.#sweep()) : undefined;
  }

  /** A group that was entered again is kept when it is left. */
  #forget(group: Group): void {
    this.#groups.delete(group);
    if (group.connections === 0) this.drop(group);
  }
}

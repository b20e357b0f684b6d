import {
  type Clock,
  countKey,
  type Message,
  type PresenceHeld,
  type PresenceHold,
  type StateLimits,
  type StateStore,
  type StateValues,
  type StateWritten,
  type Timed,
  TimerWheel,
} from '@pushwire/core/backplanes';
import { Awake } from './awake';
import type { CallLimits } from './call-limits';
import { countMessage, deletionOf } from './presence-messages';

/** Leases that are over are found so many ms later at most. */
const grain = 250;

/** The members of a presence that one process has. */
interface Holder {
  /** The time at which its lease is over. */
  until: number;
  readonly ids: Set<string>;
}

/** The members of one presence, and the processes that have them. */
class HeldPresence implements Timed {
  readonly holders = new Map<string, Holder>();
  /** The number of holders of each member. */
  readonly members = new Map<string, number>();
  isCount = false;

  constructor(
    readonly log: string,
    readonly limits: StateLimits,
    readonly owner: Holds,
  ) {}

  tick(): number | undefined {
    return this.owner.tick(this);
  }
}

/** The parts of the broker that the holds use. */
export interface HoldsHost {
  readonly clock: Clock;
  readonly limits: CallLimits;
  readonly states: StateStore;
}

/**
 * Keeps which process has which members of presences. Members are written into the state of the
 * presence, and deleted when no process has them. A process that has not said anything for its
 * lease is dead.
 */
export class Holds {
  readonly #timers: TimerWheel;
  readonly #presences = new Map<string, HeldPresence>();
  readonly #awake: Awake;

  constructor(readonly host: HoldsHost) {
    this.#timers = new TimerWheel(host.clock, grain);
    this.#awake = new Awake(host.clock);
  }

  hold(log: string, hold: PresenceHold, limits: StateLimits): PresenceHeld {
    const { holder, lease, joins, leaves, isCount } = hold;
    const presence = this.#presences.get(log) ?? new HeldPresence(log, limits, this);
    const isNew = !presence.holders.has(holder);
    const own = presence.holders.get(holder) ?? { until: 0, ids: new Set() };
    own.until = this.host.clock.now() + lease;
    presence.holders.set(holder, own);
    presence.isCount = isCount;
    this.#presences.set(log, presence);
    this.#awake.watch();
    this.sweep(log);
    const before = presence.members.size;
    for (const id of leaves) if (own.ids.delete(id)) this.#release(presence, id);
    const refused = joins.filter((message) => !this.#join(presence, own, message));
    this.#tellCount(presence, before);
    this.#schedule(presence);
    return { isNew, refused: refused.map(({ key }) => key as string) };
  }

  count(log: string): number {
    this.sweep(log);
    return this.#presences.get(log)?.members.size ?? 0;
  }

  /** Takes away the members of processes that are dead. */
  sweep(log: string): void {
    const presence = this.#presences.get(log);
    if (presence === undefined || !this.#awake.isSure) return;
    const now = this.host.clock.now();
    const before = presence.members.size;
    for (const [name, { until, ids }] of presence.holders) {
      if (until > now) continue;
      presence.holders.delete(name);
      for (const id of ids) this.#release(presence, id);
    }
    this.#tellCount(presence, before);
    if (presence.holders.size > 0) return;
    this.#presences.delete(log);
    this.#timers.remove(presence);
    if (this.#presences.size === 0) this.#awake.rest();
  }

  tick(presence: HeldPresence): undefined {
    // After a pause, calls that have come meanwhile are read before anybody is taken for dead.
    this.host.clock.soon(() => {
      this.sweep(presence.log);
      if (this.#presences.get(presence.log) === presence) this.#schedule(presence);
    });
    return undefined;
  }

  close(): void {
    this.#awake.rest();
    for (const presence of this.#presences.values()) this.#timers.remove(presence);
    this.#presences.clear();
  }

  /** @returns false where there is no room. */
  #join(presence: HeldPresence, own: Holder, message: Message): boolean {
    const { members, isCount, limits } = presence;
    const id = message.key as string;
    if (isCount && members.size >= limits.keys && !members.has(id)) return false;
    if (!isCount && this.#isNews(presence, message) && this.#write(presence, message).kind === 'full') return false;
    if (own.ids.has(id)) return true;
    own.ids.add(id);
    members.set(id, (members.get(id) ?? 0) + 1);
    return true;
  }

  /** A holder no longer has a member. */
  #release(presence: HeldPresence, id: string): void {
    const { members, isCount } = presence;
    const holders = (members.get(id) ?? 1) - 1;
    if (holders > 0) members.set(id, holders);
    else {
      members.delete(id);
      if (!isCount) this.#write(presence, deletionOf(id));
    }
  }

  #tellCount(presence: HeldPresence, before: number): void {
    const { members, isCount } = presence;
    if (!isCount || members.size === before) return;
    this.#write(presence, members.size > 0 ? countMessage(members.size) : deletionOf(countKey));
  }

  #isNews({ log }: HeldPresence, { key, body }: Message): boolean {
    const { entries } = this.host.states.read(log, key) as StateValues;
    return entries[0]?.message.body !== body;
  }

  #write({ log, limits }: HeldPresence, message: Message): StateWritten {
    const write = () => this.host.states.write(log, { message, ifAt: undefined });
    return this.host.limits.during(limits, write) as StateWritten;
  }

  #schedule(presence: HeldPresence): void {
    const now = this.host.clock.now();
    let first = Number.POSITIVE_INFINITY;
    for (const { until } of presence.holders.values()) first = Math.min(first, until);
    if (first < Number.POSITIVE_INFINITY) this.#timers.add(presence, Math.max(1, first - now));
  }
}

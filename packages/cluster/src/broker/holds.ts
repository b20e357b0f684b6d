import {
  type Clock,
  countKey,
  type Message,
  type PresenceHeld,
  type PresenceHold,
  type PresenceJoin,
  type StateLimits,
  type StateStore,
  type StateValues,
  type StateWritten,
  TimerWheel,
} from '@pushwire/core/backplanes';
import { Awake } from './awake';
import type { CallLimits } from './call-limits';
import { HeldPresence, type Holder, idOf, newsFor } from './held-presence';
import { countMessage, deletionOf } from './presence-messages';

/** Leases that are over are found so many ms later at most. */
const grain = 250;

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
  readonly #host: HoldsHost;
  readonly #timers: TimerWheel;
  readonly #presences = new Map<string, HeldPresence>();
  readonly #awake: Awake;

  constructor(host: HoldsHost) {
    this.#host = host;
    this.#timers = new TimerWheel(host.clock, grain);
    this.#awake = new Awake(host.clock);
  }

  /** @param connection that of the process. Its next call shows that the reply has come. */
  hold(log: string, hold: PresenceHold, limits: StateLimits, connection: unknown): PresenceHeld {
    const presence = this.#presences.get(log) ?? new HeldPresence(log, limits, (one) => this.#onTick(one));
    const isNew = !presence.holders.has(hold.holder);
    const own = presence.holder(hold.holder);
    own.until = this.#host.clock.now() + hold.lease;
    presence.isCount = hold.isCount;
    this.#presences.set(log, presence);
    this.#awake.watch();
    this.sweep(log);
    const before = presence.members.size;
    for (const id of hold.leaves) if (own.ids.delete(id)) this.#release(presence, id);
    const unknown = hold.updates.filter((message) => !this.#update(presence, message, own));
    const refused = hold.joins.filter((join) => !this.#join(presence, own, join)).map(({ message }) => message);
    this.#tellCount(presence, before);
    this.#schedule(presence);
    const news = newsFor(own, connection);
    return { isNew, refused: refused.map(idOf), unknown: unknown.map(idOf), room: presence.room, news };
  }

  count(log: string): number {
    this.sweep(log);
    return this.#presences.get(log)?.members.size ?? 0;
  }

  /** Takes away the members of processes that are dead. */
  sweep(log: string): void {
    const presence = this.#presences.get(log);
    if (presence === undefined || !this.#awake.isSure) return;
    const now = this.#host.clock.now();
    const before = presence.members.size;
    for (const [name, { until, ids }] of presence.holders) {
      if (until > now) continue;
      presence.holders.delete(name);
      for (const id of ids) this.#release(presence, id, now);
    }
    this.#tellCount(presence, before);
    presence.forgetLost(now);
    if (!presence.isEmpty) return;
    this.#presences.delete(log);
    this.#timers.remove(presence);
    if (this.#presences.size === 0) this.#awake.rest();
  }

  close(): void {
    this.#awake.rest();
    for (const presence of this.#presences.values()) this.#timers.remove(presence);
    this.#presences.clear();
  }

  #onTick(presence: HeldPresence): void {
    // After a pause, calls that have come meanwhile are read before anybody is taken for dead.
    this.#host.clock.soon(() => {
      this.sweep(presence.log);
      if (this.#presences.get(presence.log) === presence) this.#schedule(presence);
    });
  }

  /** @returns false where nobody has the member. */
  #update(presence: HeldPresence, message: Message, own: Holder): boolean {
    const member = presence.members.get(idOf(message));
    if (member === undefined || presence.isCount) return member !== undefined;
    const newest = this.#newest(presence, message);
    if (newest?.body === message.body) return true;
    member.joined ??= String(newest?.body);
    this.#write(presence, message);
    for (const holder of presence.holders.values()) {
      if (holder !== own && holder.ids.has(idOf(message))) holder.news.set(idOf(message), message);
    }
    return true;
  }

  /** @returns false where there is no room. */
  #join(presence: HeldPresence, own: Holder, join: PresenceJoin): boolean {
    const id = idOf(join.message);
    const isThere = presence.members.has(id);
    if (!isThere && presence.room === 0) return false;
    if (presence.isCount) presence.add(own, id);
    else if (isThere) this.#joinAgain(presence, own, join);
    else return this.#begin(presence, own, join);
    return true;
  }

  /** Takes the data of a member that nobody has. */
  #begin(presence: HeldPresence, own: Holder, { message, joined, says }: PresenceJoin): boolean {
    const id = idOf(message);
    const lost = presence.takeLost(id, joined.body);
    const counts = says === 'again' && lost ? lost : message;
    if (this.#write(presence, counts).kind === 'full') return false;
    const member = presence.add(own, id);
    if (counts.body !== joined.body) member.joined = String(joined.body);
    if (counts !== message) own.news.set(id, counts);
    return true;
  }

  /** Takes the data of a member that some process has. */
  #joinAgain(presence: HeldPresence, own: Holder, { message, joined, says }: PresenceJoin): void {
    const member = presence.add(own, idOf(message));
    if (says === 'again') return;
    if (says === 'updated') {
      this.#update(presence, message, own);
      return;
    }
    const newest = this.#newest(presence, message);
    if (joined.body === (member.joined ?? newest?.body)) return;
    delete member.joined;
    if (message.body !== joined.body) member.joined = String(joined.body);
    if (newest?.body !== message.body) this.#write(presence, message);
  }

  /**
   * A holder no longer has a member.
   *
   * @param lostAt the time at which it was taken for dead. `undefined` where the member has left.
   */
  #release(presence: HeldPresence, id: string, lostAt?: number): void {
    const member = presence.members.get(id);
    if (member === undefined || --member.holders > 0) return;
    presence.members.delete(id);
    if (presence.isCount) return;
    const deletion = deletionOf(id);
    const newest = lostAt === undefined ? undefined : this.#newest(presence, deletion);
    if (newest && lostAt !== undefined) presence.lose(id, member, newest, lostAt);
    this.#write(presence, deletion);
  }

  #tellCount(presence: HeldPresence, before: number): void {
    const { members, isCount } = presence;
    if (!isCount || members.size === before) return;
    this.#write(presence, members.size > 0 ? countMessage(members.size) : deletionOf(countKey));
  }

  #newest({ log }: HeldPresence, { key }: Message): Message | undefined {
    const { entries } = this.#host.states.read(log, key) as StateValues;
    return entries[0]?.message;
  }

  #write({ log, limits }: HeldPresence, message: Message): StateWritten {
    const write = () => this.#host.states.write(log, { message, ifAt: undefined });
    return this.#host.limits.during(limits, write) as StateWritten;
  }

  #schedule(presence: HeldPresence): void {
    this.#timers.add(presence, Math.max(1, presence.due - this.#host.clock.now()));
  }
}

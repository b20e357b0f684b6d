import {
  type Clock,
  type Message,
  type PresenceHeld,
  type PresenceHold,
  type PresenceJoin,
  type StateLimits,
  type StateStore,
  TimerWheel,
} from '@pushwire/core/backplanes';
import { Awake } from './awake';
import type { CallLimits } from './call-limits';
import { type HeldMember, HeldPresence, type Holder, idOf, newsFor } from './held-presence';
import { PresenceValues } from './presence-values';

/** Leases that are over are found so many ms later at most. */
const grain = 250;

/** The parts of the broker that the holds use. */
export interface HoldsHost {
  readonly clock: Clock;
  readonly limits: CallLimits;
  readonly states: StateStore;
  /** Reports a failure of something that no call waits for. */
  failed(error: unknown): void;
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
  readonly #values: PresenceValues;

  constructor(host: HoldsHost) {
    this.#host = host;
    this.#timers = new TimerWheel(host.clock, grain);
    this.#awake = new Awake(host.clock);
    this.#values = new PresenceValues(host.states, host.limits);
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
    this.#schedule(presence);
    for (const id of hold.leaves) this.#release(presence, own, id);
    const unknown = hold.updates.filter((message) => !this.#update(presence, message, own));
    const refused = hold.joins.filter((join) => !this.#join(presence, own, join)).map(({ message }) => message);
    this.#values.tellCount(presence);
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
    for (const [name, holder] of presence.holders) {
      if (holder.until > now) continue;
      for (const id of holder.ids) this.#release(presence, holder, id, now);
      presence.holders.delete(name);
    }
    this.#values.tellCount(presence);
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
      try {
        this.sweep(presence.log);
      } catch (error) {
        // An error that is thrown into a timer would end the process.
        this.#host.failed(error);
      }
      if (this.#presences.get(presence.log) === presence) this.#schedule(presence);
    });
  }

  /** @returns false where nobody has the member. */
  #update(presence: HeldPresence, message: Message, own: Holder): boolean {
    const member = presence.members.get(idOf(message));
    if (member === undefined || presence.isCount) return member !== undefined;
    const newest = this.#values.newest(presence, idOf(message));
    if (newest?.body === message.body) return true;
    member.joined ??= String(newest?.body);
    this.#values.write(presence, message);
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
    if (this.#values.write(presence, counts).kind === 'full') return false;
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
    const newest = this.#values.newest(presence, idOf(message));
    if (joined.body === (member.joined ?? newest?.body)) return;
    delete member.joined;
    if (message.body !== joined.body) member.joined = String(joined.body);
    if (newest?.body !== message.body) this.#values.write(presence, message);
  }

  /**
   * A holder no longer has a member.
   *
   * @param lostAt the time at which it was taken for dead. `undefined` where the member has left.
   */
  #release(presence: HeldPresence, holder: Holder, id: string, lostAt?: number): void {
    const member = presence.members.get(id);
    if (member === undefined || !holder.ids.has(id)) return;
    if (member.holders === 1) {
      if (!presence.isCount) this.#delete(presence, id, member, lostAt);
      presence.members.delete(id);
    }
    // Only now, since what fails is tried again.
    member.holders--;
    holder.ids.delete(id);
  }

  #delete(presence: HeldPresence, id: string, member: HeldMember, lostAt: number | undefined): void {
    const newest = lostAt === undefined ? undefined : this.#values.newest(presence, id);
    if (newest && lostAt !== undefined) presence.lose(id, member, newest, lostAt);
    this.#values.delete(presence, id);
  }

  #schedule(presence: HeldPresence): void {
    this.#timers.add(presence, Math.max(1, presence.due - this.#host.clock.now()));
  }
}

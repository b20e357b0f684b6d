import type { PresenceLimits } from '../backplanes/presence-limits';
import type { PresenceHeld, PresenceHold, PresenceStore } from '../backplanes/presence-store';
import type { Message } from '../log/message';
import type { Clock } from '../time/clock';
import { LeaveQueue } from './leave-queue';

/** The most changes of one call, so that the backplane is not held up. */
const maxChanges = 500;

/** Milliseconds until a call that has failed is repeated. */
const retryDelay = 1000;

/** How often a lease is renewed before it is over. Whoever is dead is found as often. */
const renewals = 4;

/** The share of the promised time that is left to find out that a lease is over. */
const leaseShare = 0.6;

/** A member that this process has. */
interface LocalMember {
  /** The number of its connections. A member without one is about to leave. */
  connections: number;
  message: Message;
}

/** The parts of a hub that its presences use. */
export interface LocalPresenceHost {
  readonly clock: Clock;
  readonly holder: string;
  readonly store: PresenceStore;
  failed(error: unknown, message: string): void;
  /** Nobody is left. */
  onEmpty(): void;
}

/** The members of one presence that are here by the connections of this process. */
export class LocalPresence {
  readonly #host: LocalPresenceHost;
  readonly #members = new Map<string, LocalMember>();
  readonly #leaving: LeaveQueue;
  /** Members that the store does not have as they are. */
  readonly #joins = new Set<string>();
  readonly #leaves = new Set<string>();
  #isScheduled = false;
  #isCalling = false;
  #isKnown = false;
  #isClosed = false;
  #hasFailed = false;
  #stopRenewal = () => {};

  constructor(
    readonly log: string,
    readonly limits: PresenceLimits,
    host: LocalPresenceHost,
  ) {
    this.#host = host;
    this.#leaving = new LeaveQueue(host.clock, limits.grace, (id) => this.#leave(id));
  }

  get size(): number {
    return this.#members.size;
  }

  /** Adds a connection of a member. The newest data of a member counts. */
  join(message: Message): void {
    const id = message.key as string;
    const member = this.#members.get(id) ?? { connections: 0, message };
    const isChanged = !this.#members.has(id) || member.message.body !== message.body;
    member.connections++;
    member.message = message;
    this.#members.set(id, member);
    this.#leaving.remove(id);
    if (isChanged) this.#changed(id);
  }

  /** @returns false where this process has no such member. */
  update(message: Message): boolean {
    const id = message.key as string;
    const member = this.#members.get(id);
    if (member === undefined) return false;
    if (member.message.body !== message.body) {
      member.message = message;
      this.#changed(id);
    }
    return true;
  }

  /** Takes away a connection of a member. */
  part(id: string): void {
    const member = this.#members.get(id);
    if (member === undefined || --member.connections > 0 || this.#isClosed) return;
    this.#leaving.add(id);
  }

  /** The members stay until others have had the time to take them over. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopRenewal();
    this.#leaving.stop();
    if (!this.#isKnown) return;
    await this.#host.store.hold(this.log, { ...this.#hold(), lease: Math.max(1, this.limits.grace) });
  }

  #leave(id: string): void {
    this.#members.delete(id);
    this.#joins.delete(id);
    this.#leaves.add(id);
    this.#schedule();
  }

  #changed(id: string): void {
    this.#leaves.delete(id);
    this.#joins.add(id);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isCalling || this.#isClosed) return;
    this.#isScheduled = true;
    const { clock } = this.#host;
    // A renewal may have come first, with all that was to be said.
    const call = () => this.#isScheduled && this.#call();
    if (this.limits.every === 0) clock.soon(call);
    else clock.after(this.limits.every, call);
  }

  #hold(joins: readonly Message[] = [], leaves: readonly string[] = []): PresenceHold {
    const lease = Math.round(this.limits.lease * leaseShare);
    return { holder: this.#host.holder, lease, joins, leaves, isCount: !this.limits.names };
  }

  async #call(): Promise<void> {
    this.#isScheduled = false;
    if (this.#isCalling || this.#isClosed) return;
    this.#isCalling = true;
    const joins = [...this.#joins].slice(0, maxChanges);
    const leaves = [...this.#leaves].slice(0, maxChanges - joins.length);
    for (const id of joins) this.#joins.delete(id);
    for (const id of leaves) this.#leaves.delete(id);
    let delay: number | undefined;
    try {
      const messages = joins.map((id) => (this.#members.get(id) as LocalMember).message);
      this.#take(await this.#host.store.hold(this.log, this.#hold(messages, leaves)), joins);
    } catch (error) {
      // A call that is repeated says what is so by then.
      for (const id of [...joins, ...leaves]) (this.#members.has(id) ? this.#joins : this.#leaves).add(id);
      if (!this.#hasFailed) this.#host.failed(error, 'who is present could not be told');
      this.#hasFailed = true;
      delay = retryDelay;
    }
    this.#isCalling = false;
    this.#goOn(delay);
  }

  #take({ isNew, refused }: PresenceHeld, joins: readonly string[]): void {
    if (isNew && this.#isKnown) {
      const said = new Set(joins);
      for (const id of this.#members.keys()) if (!said.has(id)) this.#joins.add(id);
    }
    this.#isKnown = true;
    this.#hasFailed = false;
    if (refused.length > 0) {
      const error = new Error(`${refused.length} members have no room in ${this.log} (presence.members).`);
      this.#host.failed(error, 'a presence is full');
    }
  }

  #goOn(delay: number | undefined): void {
    if (this.#isClosed) return;
    this.#stopRenewal();
    if (delay === undefined && this.#joins.size + this.#leaves.size > 0) this.#schedule();
    else if (this.#members.size > 0 || this.#leaves.size > 0) {
      const renewal = Math.floor((this.limits.lease * leaseShare) / renewals);
      this.#stopRenewal = this.#host.clock.after(delay ?? renewal, () => this.#call());
    } else this.#host.onEmpty();
  }
}

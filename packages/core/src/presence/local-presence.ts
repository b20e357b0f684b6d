import type { PresenceLimits } from '../backplanes/presence-limits';
import type { PresenceHeld, PresenceHold, PresenceStore } from '../backplanes/presence-store';
import { PushwireError } from '../checks/errors';
import { presenceNameOf } from '../log/log-name';
import type { Message } from '../log/message';
import type { Clock } from '../time/clock';
import type { Changes } from './changes';
import { LeaveQueue } from './leave-queue';
import { LocalMembers } from './local-members';

/** Milliseconds until a call that has failed is repeated. */
const retryDelay = 1000;

/** How often a lease is renewed before it is over. Whoever is dead is found as often. */
const renewals = 4;

/** The share of the promised time that is left to find out that a lease is over. */
const leaseShare = 0.6;

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
  readonly #members = new LocalMembers();
  readonly #leaving: LeaveQueue;
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

  /** Adds a connection of a member. */
  join(message: Message): void {
    this.#members.join(message);
    this.#leaving.remove(message.key as string);
    this.#schedule();
  }

  /**
   * Changes the data of a member of any process.
   *
   * @returns true where there is such a member.
   * @throws PushwireError `backplane-unavailable` or `backplane-unconfirmed`.
   */
  update(message: Message): Promise<boolean> {
    const answer = this.#members.update(message, this.limits.members);
    this.#schedule();
    return answer;
  }

  /** Takes away a connection of a member. */
  part(id: string): void {
    if (this.#members.part(id) && !this.#isClosed) this.#leaving.add(id);
  }

  /** The members stay until others have had the time to take them over. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopRenewal();
    this.#leaving.stop();
    const changes = this.#members.take();
    this.#members.close(new PushwireError('hub-closed', 'The hub is closed.'));
    if (!this.#isKnown && changes.own.size + changes.updates.size === 0) return;
    await this.#say(changes, Math.max(1, this.limits.grace));
  }

  #leave(id: string): void {
    this.#members.leave(id);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isCalling || this.#isClosed || !this.#members.hasChanges) return;
    this.#isScheduled = true;
    const { clock } = this.#host;
    // A renewal may have come first, with all that was to be said.
    const call = () => this.#isScheduled && this.#call();
    if (this.limits.every === 0) clock.soon(call);
    else clock.after(this.limits.every, call);
  }

  async #call(): Promise<void> {
    this.#isScheduled = false;
    if (this.#isCalling || this.#isClosed) return;
    this.#isCalling = true;
    const isTold = await this.#say(this.#members.take(), Math.round(this.limits.lease * leaseShare));
    this.#isCalling = false;
    this.#goOn(isTold ? undefined : retryDelay);
  }

  /** @returns false where the store was not told. */
  async #say(changes: Changes, lease: number): Promise<boolean> {
    const { joins, leaves, updates } = changes;
    const hold: PresenceHold = {
      ...{ holder: this.#host.holder, lease, isCount: !this.limits.names },
      ...{ joins, leaves, updates: [...updates.values()].map(({ message }) => message) },
    };
    let held: PresenceHeld;
    try {
      held = await this.#host.store.hold(this.log, hold);
    } catch (error) {
      this.#members.failed(changes, error);
      // Whoever updates a member of another process is told by the promise.
      const isOwn = this.#members.size + leaves.length > 0;
      if (isOwn && !this.#hasFailed) this.#host.failed(error, 'who is present could not be told');
      this.#hasFailed = isOwn;
      return false;
    }
    const isFull = this.#members.told(changes, held, held.isNew && this.#isKnown);
    this.#isKnown = true;
    this.#hasFailed = false;
    if (isFull) this.#host.failed(this.#noRoom(held.refused.length), 'a presence is full');
    return true;
  }

  #noRoom(count: number): Error {
    const name = JSON.stringify(presenceNameOf(this.log));
    return new Error(`${count} members have no room in the presence ${name} (presence.members).`);
  }

  #goOn(delay: number | undefined): void {
    if (this.#isClosed) return;
    this.#stopRenewal();
    if (delay === undefined && this.#members.hasChanges) this.#schedule();
    else if (this.#members.size > 0 || this.#members.hasChanges) {
      const renewal = Math.floor((this.limits.lease * leaseShare) / renewals);
      this.#stopRenewal = this.#host.clock.after(delay ?? renewal, () => this.#call());
    } else this.#host.onEmpty();
  }
}

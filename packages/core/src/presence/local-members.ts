import type { PresenceHeld, PresenceJoin } from '../backplanes/presence-store';
import type { Message } from '../log/message';
import type { Changes } from './changes';
import { first } from './first';
import type { LocalMember } from './local-member';
import { tooManyUpdates, Update } from './update';

/** The most changes of one call, so that the backplane is not held up. */
const maxChanges = 500;

/** The members of one presence that this process has, and what the store does not know yet. */
export class LocalMembers {
  readonly #members = new Map<string, LocalMember>();
  /** Members that the store does not have as they are. */
  readonly #joins = new Set<string>();
  readonly #leaves = new Set<string>();
  readonly #updates = new Map<string, Update>();
  /** Members for whom there is no room. The one that has waited the longest comes first. */
  readonly #refused = new Set<string>();
  /** How many of them may be tried again. */
  #room = 0;

  get size(): number {
    return this.#members.size;
  }

  get hasChanges(): boolean {
    const canRetry = this.#room > 0 && this.#refused.size > 0;
    return canRetry || this.#joins.size + this.#leaves.size + this.#updates.size > 0;
  }

  /** Adds a connection of a member. Data other than that of the connection before counts. */
  join(message: Message): void {
    const id = message.key as string;
    const member = this.#members.get(id);
    if (member) member.connections++;
    else this.#members.set(id, { connections: 1, joined: message, message, news: 'joined', update: undefined });
    if (member?.joined.body === message.body) return;
    if (member) Object.assign(member, { joined: message, message, news: 'joined' });
    this.#changed(id);
  }

  /** @returns true where a connection of the member has closed, and it was the last one. */
  part(id: string): boolean {
    const member = this.#members.get(id);
    return member !== undefined && --member.connections === 0;
  }

  leave(id: string): void {
    const update = this.#members.get(id)?.update;
    this.#members.delete(id);
    this.#joins.delete(id);
    this.#leaves.add(id);
    this.#refused.delete(id);
    if (update === undefined) return;
    // Another process may have the member.
    this.#updates.get(id)?.follow(update);
    this.#updates.set(id, update);
  }

  /**
   * Changes the data of a member of any process.
   *
   * @param most the most updates that wait.
   * @returns true where there is such a member.
   */
  async update(message: Message, most: number): Promise<boolean> {
    const id = message.key as string;
    const member = this.#members.get(id);
    if (member) {
      member.message = message;
      member.news = 'updated';
      if (this.#refused.has(id)) return false;
      member.update ??= new Update(message);
      member.update.message = message;
      this.#changed(id);
      return member.update.answer;
    }
    const update = this.#updates.get(id) ?? new Update(message);
    if (this.#updates.size >= most && !this.#updates.has(id)) throw tooManyUpdates(most);
    update.message = message;
    this.#updates.set(id, update);
    return update.answer;
  }

  /** Takes what the next call says. */
  take(): Changes {
    const own = new Map<string, Update>();
    // Those that leave make room, too. Newcomers come after those that wait for it.
    const retried = first(this.#refused, Math.min(this.#room + this.#leaves.size, maxChanges / 2));
    const fresh = first(this.#joins, maxChanges - retried.length);
    for (const id of fresh) this.#joins.delete(id);
    const joins = [...retried, ...fresh].map((id) => this.#say(id, own));
    const leaves = first(this.#leaves, maxChanges - joins.length);
    for (const id of leaves) this.#leaves.delete(id);
    const updates = new Map(first(this.#updates, maxChanges - joins.length - leaves.length));
    for (const id of updates.keys()) this.#updates.delete(id);
    return { joins, leaves, updates, own };
  }

  /**
   * The store was told.
   *
   * @param isForgotten true where it knew nothing of this process any more.
   * @returns true where it has no room for members for the first time.
   */
  told(changes: Changes, { refused, unknown, room, news }: PresenceHeld, isForgotten: boolean): boolean {
    const { joins, updates, own } = changes;
    const hadRoom = this.#refused.size === 0;
    const [without, gone] = [new Set(refused), new Set(unknown)];
    for (const [id, update] of own) update.resolve(!without.has(id));
    for (const [id, update] of updates) update.resolve(!gone.has(id));
    for (const { message, says } of joins) {
      const id = message.key as string;
      const member = this.#members.get(id);
      if (member === undefined) continue;
      if (without.has(id)) this.#refuse(id, member, says);
      else if (this.#refused.delete(id) && member.news) this.#joins.add(id);
    }
    for (const message of news) {
      const member = this.#members.get(message.key as string);
      // A change that was made here after the call is newer.
      if (member && member.news === undefined) member.message = message;
    }
    this.#room = refused.length > 0 ? 0 : room;
    if (isForgotten) this.#sayAgain(new Set(joins.map(({ message }) => message.key as string)));
    return hadRoom && this.#refused.size > 0;
  }

  /** The store was not told, or has not confirmed it. The next call says what is so by then. */
  failed({ joins, leaves, updates, own }: Changes, error: unknown): void {
    for (const update of [...own.values(), ...updates.values()]) update.reject(error);
    this.#reject(error);
    for (const { message, says } of joins) {
      const id = message.key as string;
      const member = this.#members.get(id);
      if (member) member.news ??= newsOf(says);
      this.#repeat(id);
    }
    for (const id of leaves) this.#repeat(id);
  }

  /** No call follows. */
  close(error: unknown): void {
    for (const { update } of this.#members.values()) update?.reject(error);
    this.#reject(error);
  }

  /** Rejects the updates of members that others have, which wait for their call. */
  #reject(error: unknown): void {
    for (const update of this.#updates.values()) update.reject(error);
    this.#updates.clear();
  }

  #repeat(id: string): void {
    if (!this.#members.has(id)) this.#leaves.add(id);
    else if (!this.#refused.has(id)) this.#joins.add(id);
  }

  #changed(id: string): void {
    this.#leaves.delete(id);
    if (!this.#refused.has(id)) this.#joins.add(id);
  }

  #say(id: string, own: Map<string, Update>): PresenceJoin {
    const member = this.#members.get(id) as LocalMember;
    const { message, joined, news, update } = member;
    member.news = undefined;
    member.update = undefined;
    if (update) own.set(id, update);
    return { message, joined, says: news ?? 'again' };
  }

  #refuse(id: string, member: LocalMember, says: PresenceJoin['says']): void {
    member.news ??= newsOf(says);
    member.update?.resolve(false);
    member.update = undefined;
    this.#joins.delete(id);
    this.#refused.add(id);
  }

  /** Those that had no room come last. */
  #sayAgain(said: ReadonlySet<string>): void {
    for (const id of this.#members.keys()) if (!said.has(id) && !this.#refused.has(id)) this.#joins.add(id);
    for (const id of this.#refused) this.#joins.add(id);
    this.#refused.clear();
  }
}

const newsOf = (says: PresenceJoin['says']) => (says === 'again' ? undefined : says);

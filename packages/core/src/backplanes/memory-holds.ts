import type { Message } from '../log/message';
import { deletionMessage, valueMessage } from '../log/state-message';
import { countKey, type PresenceHeld, type PresenceHold, type PresenceJoin } from './presence-store';
import type { StateWritten } from './state-store';

/** The parts of the states of one process that presences use. */
export interface MemoryHoldsHost {
  write(log: string, message: Message): StateWritten;
  /** The value of a key. */
  newest(log: string, key: string): Message | undefined;
  /** The number of members. */
  count(log: string): number;
}

/** Writes who is present into the states of one process, which cannot die without them. */
export class MemoryHolds {
  readonly #host: MemoryHoldsHost;
  /** The members of presences of which clients get the number only, by the names of logs. */
  readonly #counted = new Map<string, Set<string>>();
  /** The data that members came with who were updated since, by the names of logs and the ids. */
  readonly #joined = new Map<string, Map<string, unknown>>();

  constructor(host: MemoryHoldsHost) {
    this.#host = host;
  }

  hold(log: string, hold: PresenceHold, mostMembers: number): PresenceHeld {
    const [refused, unknown] = hold.isCount ? this.#count(log, hold, mostMembers) : this.#name(log, hold);
    const room = Math.max(0, mostMembers - this.#host.count(log));
    return { isNew: false, refused, unknown, room, news: [] };
  }

  /** The number of members of a presence whose members have no names. `undefined` for others. */
  count(log: string): number | undefined {
    return this.#counted.get(log)?.size;
  }

  #name(log: string, { joins, leaves, updates }: PresenceHold): [refused: string[], unknown: string[]] {
    const joined = this.#joined.get(log) ?? new Map<string, unknown>();
    for (const id of leaves) {
      joined.delete(id);
      this.#host.write(log, deletionMessage(id));
    }
    const unknown = updates.filter((message) => !this.#update(log, message, joined));
    const refused = joins.filter((join) => !this.#join(log, join, joined));
    if (joined.size > 0) this.#joined.set(log, joined);
    else this.#joined.delete(log);
    return [refused.map(({ message }) => idOf(message)), unknown.map(idOf)];
  }

  /** @returns false where nobody has the member. */
  #update(log: string, message: Message, joined: Map<string, unknown>): boolean {
    const id = idOf(message);
    const newest = this.#host.newest(log, id);
    if (newest === undefined) return false;
    if (newest.body === message.body) return true;
    if (!joined.has(id)) joined.set(id, newest.body);
    this.#host.write(log, message);
    return true;
  }

  /** @returns false where there is no room. */
  #join(log: string, { message, joined: own, says }: PresenceJoin, joined: Map<string, unknown>): boolean {
    if (says === 'updated' && this.#update(log, message, joined)) return true;
    const id = idOf(message);
    const newest = this.#host.newest(log, id);
    const former = joined.has(id) ? joined.get(id) : newest?.body;
    if (newest && (says === 'again' || (says === 'joined' && own.body === former))) return true;
    if (message.body === own.body) joined.delete(id);
    else joined.set(id, own.body);
    return newest?.body === message.body || this.#host.write(log, message).kind !== 'full';
  }

  #count(log: string, { joins, leaves, updates }: PresenceHold, most: number): [string[], string[]] {
    const members = this.#counted.get(log) ?? new Set();
    const before = members.size;
    for (const id of leaves) members.delete(id);
    const unknown = updates.map(idOf).filter((id) => !members.has(id));
    const refused: string[] = [];
    for (const id of joins.map(({ message }) => idOf(message))) {
      if (members.size < most || members.has(id)) members.add(id);
      else refused.push(id);
    }
    if (members.size > 0) this.#counted.set(log, members);
    else this.#counted.delete(log);
    if (members.size !== before) {
      this.#host.write(log, members.size > 0 ? valueMessage(countKey, members.size) : deletionMessage(countKey));
    }
    return [refused, unknown];
  }
}

const idOf = ({ key }: Message): string => key as string;

import type { Message } from '../log/message';
import { deletionMessage, valueMessage } from '../log/state-message';
import { countKey, type PresenceHeld, type PresenceHold } from './presence-store';
import type { StateWritten } from './state-store';

/** Writes who is present into the states of one process, which cannot die without them. */
export class MemoryHolds {
  /** The members of presences of which clients get the number only, by the names of logs. */
  readonly #counted = new Map<string, Set<string>>();

  constructor(
    readonly write: (log: string, message: Message) => StateWritten,
    /** The value of a key. */
    readonly newest: (log: string, key: string) => Message | undefined,
  ) {}

  hold(log: string, { joins, leaves, isCount }: PresenceHold, mostMembers: number): PresenceHeld {
    const refused = isCount ? this.#count(log, joins, leaves, mostMembers) : this.#name(log, joins, leaves);
    return { isNew: false, refused };
  }

  /** The number of members of a presence whose members have no names. `undefined` for others. */
  count(log: string): number | undefined {
    return this.#counted.get(log)?.size;
  }

  #name(log: string, joins: readonly Message[], leaves: readonly string[]): readonly string[] {
    for (const id of leaves) this.write(log, deletionMessage(id));
    const changed = joins.filter((message) => this.newest(log, message.key as string)?.body !== message.body);
    return changed.filter((message) => this.write(log, message).kind === 'full').map(({ key }) => key as string);
  }

  #count(log: string, joins: readonly Message[], leaves: readonly string[], most: number): readonly string[] {
    const members = this.#counted.get(log) ?? new Set();
    const before = members.size;
    for (const id of leaves) members.delete(id);
    const refused: string[] = [];
    for (const { key } of joins) {
      if (members.size < most || members.has(key as string)) members.add(key as string);
      else refused.push(key as string);
    }
    if (members.size > 0) this.#counted.set(log, members);
    else this.#counted.delete(log);
    if (members.size !== before) {
      this.write(log, members.size > 0 ? valueMessage(countKey, members.size) : deletionMessage(countKey));
    }
    return refused;
  }
}

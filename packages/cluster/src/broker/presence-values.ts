import {
  countKey,
  type Message,
  type StateStore,
  type StateValues,
  type StateWritten,
} from '@pushwire/core/backplanes';
import type { CallLimits } from './call-limits';
import type { HeldPresence } from './held-presence';

/** The values of a presence's state, which its followers read. */
export class PresenceValues {
  constructor(
    readonly states: StateStore,
    readonly limits: CallLimits,
  ) {}

  newest({ log }: HeldPresence, id: string): Message | undefined {
    const { entries } = this.states.read(log, id) as StateValues;
    return entries[0]?.message;
  }

  write({ log, limits }: HeldPresence, message: Message): StateWritten {
    const write = () => this.states.write(log, { message, ifAt: undefined });
    return this.limits.during(limits, write) as StateWritten;
  }

  delete(presence: HeldPresence, id: string): void {
    this.write(presence, deletionOf(id));
  }

  /** Tells the number of members, where clients get the number alone. */
  tellCount(presence: HeldPresence): void {
    const { size } = presence.members;
    if (!presence.isCount || size === presence.toldCount) return;
    this.write(presence, size > 0 ? countMessage(size) : deletionOf(countKey));
    presence.toldCount = size;
  }
}

function countMessage(members: number): Message {
  const body = String(members);
  return { kind: 'json', body, event: undefined, size: body.length + countKey.length, key: countKey };
}

function deletionOf(key: string): Message {
  return { kind: 'json', body: 'null', event: undefined, size: Buffer.byteLength(key), key, isDeletion: true };
}

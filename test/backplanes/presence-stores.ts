import { randomUUID } from 'node:crypto';
import type { PresenceHeld, PresenceHold, PresenceStore, StateStore } from '@pushwire/core/backplanes';
import { valueMessage } from '../../packages/core/src/log/state-message';

type How = Partial<Pick<PresenceHold, 'lease' | 'isCount'>>;

/** A process that holds members of one presence. */
export class Holder {
  readonly name = randomUUID();

  constructor(
    readonly store: StateStore & PresenceStore,
    readonly log: string,
  ) {}

  async hold(
    joins: Readonly<Record<string, unknown>>,
    leaves: readonly string[] = [],
    how: How = {},
  ): Promise<PresenceHeld> {
    const messages = Object.entries(joins).map(([id, data]) => valueMessage(id, data));
    return this.store.hold(this.log, {
      holder: this.name,
      lease: 60_000,
      isCount: false,
      ...how,
      joins: messages,
      leaves,
    });
  }

  /** The members that are read, in the order in which they came or changed. */
  async members(): Promise<string> {
    const { entries } = await this.store.read(this.log);
    return entries.map(({ message }) => `${message.key}=${message.body}`).join(', ');
  }
}

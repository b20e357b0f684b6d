import { randomUUID } from 'node:crypto';
import type { PresenceHeld, PresenceHold, PresenceJoin, PresenceStore, StateStore } from '@pushwire/core/backplanes';
import { valueMessage } from '../../packages/core/src/log/state-message';

type How = Partial<Pick<PresenceHold, 'lease' | 'isCount' | 'updates'>> & {
  /** What is told of members whom somebody has already. Defaults to `joined`. */
  readonly says?: PresenceJoin['says'];
  /** The data that members came with, where it is another. */
  readonly joined?: unknown;
};

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
    { says = 'joined', joined, ...how }: How = {},
  ): Promise<PresenceHeld> {
    const said = Object.entries(joins).map(([id, data]) => {
      const message = valueMessage(id, data);
      return { message, joined: joined === undefined ? message : valueMessage(id, joined), says };
    });
    return this.#hold({ joins: said, leaves, updates: [], ...how });
  }

  /** @returns the ids that nobody has. */
  async update(members: Readonly<Record<string, unknown>>, how: How = {}): Promise<readonly string[]> {
    const updates = Object.entries(members).map(([id, data]) => valueMessage(id, data));
    return (await this.#hold({ joins: [], leaves: [], updates, ...how })).unknown;
  }

  /** The members that are read, in the order in which they came or changed. */
  async members(): Promise<string> {
    const { entries } = await this.store.read(this.log);
    return entries.map(({ message }) => `${message.key}=${message.body}`).join(', ');
  }

  async #hold(hold: Pick<PresenceHold, 'joins' | 'leaves' | 'updates'> & How): Promise<PresenceHeld> {
    return this.store.hold(this.log, { holder: this.name, lease: 60_000, isCount: false, ...hold });
  }
}

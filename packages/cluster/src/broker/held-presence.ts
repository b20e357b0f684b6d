import type { Message, StateLimits, Timed } from '@pushwire/core/backplanes';

/** Milliseconds for which data is kept of members whose process was taken for dead. */
const lostAge = 60_000;

/** The members of a presence that one process has. */
export interface Holder {
  /** The time at which its lease is over. */
  until: number;
  readonly ids: Set<string>;
  /** Data of its members that others have changed, until the process knows of it. */
  readonly news: Map<string, Message>;
  /** The news in its last reply, and the connection of that. */
  told: readonly Message[];
  connection: unknown;
}

/** A member that some processes have. */
export interface HeldMember {
  /** The number of processes. */
  holders: number;
  /** The data that the newest connection came with. Absent where that counts. */
  joined?: string;
}

interface LostMember {
  /** The data that it came with. */
  readonly joined: string;
  readonly message: Message;
  readonly until: number;
}

/** Which process has which members of one presence. */
export class HeldPresence implements Timed {
  readonly holders = new Map<string, Holder>();
  readonly members = new Map<string, HeldMember>();
  isCount = false;
  /** The number of members that clients were told, where they get the number alone. */
  toldCount = 0;
  /** Updated members whose processes were taken for dead, in the order of that. */
  readonly #lost = new Map<string, LostMember>();

  /** @param onTick called when something is over. */
  constructor(
    readonly log: string,
    readonly limits: StateLimits,
    readonly onTick: (presence: HeldPresence) => void,
  ) {}

  get room(): number {
    return Math.max(0, this.limits.keys - this.members.size);
  }

  get isEmpty(): boolean {
    return this.holders.size === 0 && this.#lost.size === 0;
  }

  /** The time at which something is over next. */
  get due(): number {
    let due = Number.POSITIVE_INFINITY;
    for (const { until } of this.holders.values()) due = Math.min(due, until);
    for (const { until } of this.#lost.values()) return Math.min(due, until);
    return due;
  }

  holder(name: string): Holder {
    const existing = this.holders.get(name);
    if (existing) return existing;
    const holder = { until: 0, ids: new Set<string>(), news: new Map(), told: [], connection: undefined };
    this.holders.set(name, holder);
    return holder;
  }

  /** Lets a process have a member. */
  add(own: Holder, id: string): HeldMember {
    const member = this.members.get(id) ?? { holders: 0 };
    this.members.set(id, member);
    if (!own.ids.has(id)) member.holders++;
    own.ids.add(id);
    return member;
  }

  /** Keeps the data of an updated member, in case that its process comes back. */
  lose(id: string, { joined }: HeldMember, message: Message, now: number): void {
    if (joined === undefined) return;
    this.#lost.delete(id);
    this.#lost.set(id, { joined, message, until: now + lostAge });
    if (this.#lost.size > this.limits.keys) this.#lost.delete(this.#lost.keys().next().value as string);
  }

  /** Takes the data of a lost member that had come with this data. */
  takeLost(id: string, joined: unknown): Message | undefined {
    const lost = this.#lost.get(id);
    this.#lost.delete(id);
    return lost?.joined === joined ? lost?.message : undefined;
  }

  forgetLost(now: number): void {
    for (const [id, { until }] of this.#lost) {
      if (until > now) return;
      this.#lost.delete(id);
    }
  }

  tick(): undefined {
    this.onTick(this);
    return undefined;
  }
}

export const idOf = ({ key }: Message): string => key as string;

/**
 * Returns the news for the reply to a process. It has learned those of the reply before, if that
 * was on the same connection.
 */
export function newsFor(own: Holder, connection: unknown): readonly Message[] {
  if (own.connection === connection) {
    for (const message of own.told) if (own.news.get(idOf(message)) === message) own.news.delete(idOf(message));
  }
  for (const id of own.news.keys()) if (!own.ids.has(id)) own.news.delete(id);
  own.connection = connection;
  own.told = [...own.news.values()];
  return own.told;
}

/** A member as the store should have it. */
interface Stored {
  value: number;
  joined: number;
  /** True where it was updated since a connection came with the data. */
  isUpdated: boolean;
}

/** A member as one process has it. */
interface Held {
  connections: number;
  /** What it may know to be the data: it learns of what others do a little later. */
  known: Set<number>;
  joined: number;
}

/** What each member's data must be, where all processes say one thing after the other. */
export class PresenceDataModel {
  readonly stored = new Map<string, Stored>();
  /** The members of lost processes. */
  readonly lost = new Map<string, Stored>();
  readonly held: readonly Map<string, Held>[];

  constructor(processes: number) {
    this.held = Array.from({ length: processes }, () => new Map());
  }

  /** The data of the members, by their ids. */
  get values(): Record<string, number> {
    return Object.fromEntries([...this.stored].map(([id, { value }]) => [id, value]));
  }

  join(process: number, id: string, data: number): void {
    const own = this.#of(process).get(id);
    const connections = (own?.connections ?? 0) + 1;
    if (own?.joined === data) {
      own.connections = connections;
      return;
    }
    if (this.stored.get(id)?.joined !== data) {
      this.lost.delete(id);
      this.stored.set(id, { value: data, joined: data, isUpdated: false });
      this.#told(process, id, data);
    }
    // It may learn of an update that was before it.
    const { value } = this.stored.get(id) as Stored;
    this.#of(process).set(id, { connections, known: new Set([data, value]), joined: data });
  }

  leave(process: number, id: string): void {
    const own = this.#of(process).get(id) as Held;
    if (--own.connections > 0) return;
    this.#of(process).delete(id);
    if (!this.held.some((members) => members.has(id))) this.stored.delete(id);
  }

  /** @returns true where there is such a member. */
  update(process: number, id: string, data: number): boolean {
    const own = this.#of(process).get(id);
    const stored = this.stored.get(id);
    if (stored === undefined) return false;
    if (own) own.known = new Set([data]);
    this.#told(process, id, data);
    stored.isUpdated ||= stored.value !== data;
    stored.value = data;
    return true;
  }

  /** Nothing is left of what a process has alone. */
  die(process: number): readonly string[] {
    const alone = [...this.#of(process).keys()].filter((id) => this.held.filter((one) => one.has(id)).length === 1);
    for (const id of alone) {
      const stored = this.stored.get(id) as Stored;
      if (stored.isUpdated) this.lost.set(id, stored);
      this.stored.delete(id);
    }
    return alone;
  }

  forget(): void {
    this.stored.clear();
    this.lost.clear();
  }

  /** @param shown what the store has then. */
  sayAgain(process: number, shown: Readonly<Record<string, number>>): void {
    for (const [id, { known, joined }] of this.#of(process)) {
      const lost = this.lost.get(id);
      this.lost.delete(id);
      if (this.stored.has(id)) continue;
      const data = shown[id] as number;
      if (lost?.joined === joined) this.stored.set(id, lost);
      else if (known.has(data)) this.stored.set(id, { value: data, joined, isUpdated: data !== joined });
    }
  }

  /** Others that have the member may learn of it. */
  #told(process: number, id: string, data: number): void {
    for (const [at, members] of this.held.entries()) if (at !== process) members.get(id)?.known.add(data);
  }

  #of(process: number): Map<string, Held> {
    return this.held[process] as Map<string, Held>;
  }
}

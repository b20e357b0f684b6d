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
  message: number;
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
    this.#of(process).set(id, { connections: (own?.connections ?? 0) + 1, message: data, joined: data });
    if (own?.joined === data) Object.assign(this.#of(process).get(id) as Held, { message: own.message });
    else if (this.stored.get(id)?.joined !== data) {
      this.lost.delete(id);
      this.stored.set(id, { value: data, joined: data, isUpdated: false });
    }
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
    if (own) own.message = data;
    const stored = this.stored.get(id);
    if (stored === undefined) return false;
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

  sayAgain(process: number): void {
    for (const [id, { message, joined }] of this.#of(process)) {
      const lost = this.lost.get(id);
      this.lost.delete(id);
      if (this.stored.has(id)) continue;
      const isKept = lost?.joined === joined;
      this.stored.set(id, isKept ? lost : { value: message, joined, isUpdated: message !== joined });
    }
  }

  #of(process: number): Map<string, Held> {
    return this.held[process] as Map<string, Held>;
  }
}

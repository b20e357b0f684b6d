import { stopMemory } from './run-store';

/** The most keys of starts of one run that are stopped in advance. */
const maxKeys = 16;

interface RememberedStop {
  readonly reason: string;
  readonly until: number;
}

/** Stops that came before the starts of their runs. */
export class RememberedStops {
  /** By the key of the start. `undefined` is for any start. The oldest comes first. */
  readonly #stops = new Map<string | undefined, RememberedStop>();

  get size(): number {
    return this.#stops.size;
  }

  add(key: string | undefined, reason: string, now: number): void {
    this.#stops.delete(key);
    this.#stops.set(key, { reason, until: now + stopMemory });
    if (this.#stops.size > maxKeys) this.#stops.delete(this.#stops.keys().next().value);
  }

  /** Takes the stop for a start with this key, and returns its reason. */
  take(key: string | undefined, now: number): string | undefined {
    this.expire(now);
    const found = [key, undefined].find((each) => this.#stops.has(each));
    const reason = this.#stops.get(found)?.reason;
    this.#stops.delete(found);
    return reason;
  }

  clear(): void {
    this.#stops.clear();
  }

  /** Forgets stops whose time is up. Returns the time at which the next one is forgotten. */
  expire(now: number): number | undefined {
    for (const [key, { until }] of this.#stops) if (until <= now) this.#stops.delete(key);
    return this.#stops.values().next().value?.until;
  }
}

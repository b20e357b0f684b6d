import type { Answer, ListedConnection } from './command';

/** Collects the answers of all processes to one call. */
export class Gathering {
  readonly #connections: ListedConnection[] = [];
  readonly #answered = new Set<string>();
  #awaited: ReadonlySet<string> | undefined;
  #onAll: (() => void) | undefined;
  /** Settles when all processes that are awaited have answered. */
  readonly all = new Promise<void>((resolve) => {
    this.#onAll = resolve;
  });

  take({ from, connections, isPart }: Answer): void {
    this.#connections.push(...connections);
    if (!isPart) this.#answered.add(from);
    this.#check();
  }

  /** @param processes those that are there. Others may have answered, too. */
  await(processes: readonly string[]): void {
    this.#awaited = new Set(processes);
    this.#check();
  }

  /** The processes that are awaited and have not answered. */
  get silent(): readonly string[] {
    return [...(this.#awaited ?? [])].filter((one) => !this.#answered.has(one));
  }

  /** The connections that were found, the oldest first. */
  get connections(): ListedConnection[] {
    return this.#connections.sort((a, b) => a.since - b.since);
  }

  #check(): void {
    if (this.#awaited && this.silent.length === 0) this.#onAll?.();
  }
}

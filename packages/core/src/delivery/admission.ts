/** Limits of connections. */
export interface AdmissionLimits {
  /** The most open connections, including held polls. Defaults to 100000. */
  readonly connections: number;
  /**
   * The most open connections of one client, which `clientKey` identifies. Behind a proxy that the
   * framework does not trust, all clients have the same address. Defaults to `Infinity`.
   */
  readonly perClient: number;
}

/** A place within the limits that a request holds before it becomes a connection. */
export interface Place {
  /** The counter that it is a part of. */
  readonly admission: Admission;
  /** Gives the place back. */
  leave(): void;
}

/**
 * Counts connections and limits them. Existing connections are never dropped to make room for a
 * new one.
 */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #byClient = new Map<string, number>();
  #connections = 0;

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  /** True if connections are counted for each client. */
  get countsClients(): boolean {
    return this.#limits.perClient !== Number.POSITIVE_INFINITY;
  }

  /** True while one more connection of this client is within the limits. */
  admits(client: string | undefined): boolean {
    const { connections, perClient } = this.#limits;
    const current = client === undefined ? 0 : (this.#byClient.get(client) ?? 0);
    return this.#connections < connections && current < perClient;
  }

  enter(client: string | undefined): void {
    this.#connections++;
    if (client !== undefined && this.countsClients) this.#byClient.set(client, (this.#byClient.get(client) ?? 0) + 1);
  }

  leave(client: string | undefined): void {
    this.#connections--;
    if (client === undefined || !this.countsClients) return;
    const left = (this.#byClient.get(client) ?? 1) - 1;
    if (left > 0) this.#byClient.set(client, left);
    else this.#byClient.delete(client);
  }
}

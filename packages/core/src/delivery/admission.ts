import { maxPositions } from '../log/cursor';

/** How much a hub takes on. */
export interface Limits {
  /** Connections in all, held polls among them. Default 100,000. */
  readonly connections: number;
  /**
   * Connections of one client, as `clientKey` tells them apart. Default `Infinity`: behind a proxy that the framework does
   * not trust, all clients have one address.
   */
  readonly perClient: number;
  /** Channels of one connection. Default and most 100: its cursor names a place in each. */
  readonly channels: number;
  /** Bytes of one message, its event's name among them. Default 1,048,576 (1 MiB). */
  readonly messageBytes: number;
}

export const defaultLimits: Limits = {
  connections: 100_000,
  perClient: Number.POSITIVE_INFINITY,
  channels: maxPositions,
  messageBytes: 1024 * 1024,
};

/** Counts connections, and tells whether one more may come. Those that are there are never ended for a new one. */
export class Admission {
  readonly #limits: Limits;
  readonly #byClient = new Map<string, number>();
  #connections = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Whether clients are told apart. */
  get tellsApart(): boolean {
    return this.#limits.perClient !== Number.POSITIVE_INFINITY;
  }

  admits(client: string | undefined): boolean {
    const { connections, perClient } = this.#limits;
    const own = client === undefined ? 0 : (this.#byClient.get(client) ?? 0);
    return this.#connections < connections && own < perClient;
  }

  enter(client: string | undefined): void {
    this.#connections++;
    if (client !== undefined) this.#byClient.set(client, (this.#byClient.get(client) ?? 0) + 1);
  }

  leave(client: string | undefined): void {
    this.#connections--;
    if (client === undefined) return;
    const left = (this.#byClient.get(client) ?? 1) - 1;
    if (left > 0) this.#byClient.set(client, left);
    else this.#byClient.delete(client);
  }
}

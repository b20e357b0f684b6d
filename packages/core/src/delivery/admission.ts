import { maxPositions } from '../log/cursor';

/** Limits of a hub. */
export interface Limits {
  /** The most open connections, including held polls. Defaults to 100000. */
  readonly connections: number;
  /**
   * The most open connections of one client, which `clientKey` identifies. Behind a proxy that the
   * framework does not trust, all clients have the same address. Defaults to `Infinity`.
   */
  readonly perClient: number;
  /**
   * The most channels of one connection, from 1 to 100. Its cursor has a position in each of them.
   * Defaults to 100.
   */
  readonly channels: number;
  /** The most bytes of one message, including its event name. Defaults to 1048576 (1 MiB). */
  readonly messageBytes: number;
}

export const defaultLimits: Limits = {
  connections: 100_000,
  perClient: Number.POSITIVE_INFINITY,
  channels: maxPositions,
  messageBytes: 1024 * 1024,
};

/**
 * Counts connections and limits them. Existing connections are never dropped to make room for a
 * new one.
 */
export class Admission {
  readonly #limits: Limits;
  readonly #byClient = new Map<string, number>();
  #connections = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** True where connections are counted for each client. */
  get tellsApart(): boolean {
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

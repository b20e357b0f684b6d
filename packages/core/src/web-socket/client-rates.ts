import type { Clock } from '../time/clock';
import { TokenBucket } from '../time/token-bucket';
import type { InboxLimits } from './inbox';

/**
 * Clients for which the messages of the last second are counted. The least recent one is dropped
 * first.
 */
const maxClients = 10_000;

/** Limits the rate at which each client of a route sends, by all its sockets and POSTs together. */
export class ClientRates {
  /** In the order of use. */
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(readonly perSecond: number) {}

  /** The limits of one client's socket. */
  limitsOf(client: string, clock: Clock, bytes: number): InboxLimits {
    return { perSecond: this.perSecond, reserve: () => this.bucketOf(client, clock).reserve(), bytes };
  }

  bucketOf(client: string, clock: Clock): TokenBucket {
    const bucket = this.#buckets.get(client) ?? new TokenBucket(clock, this.perSecond);
    this.#buckets.delete(client);
    this.#buckets.set(client, bucket);
    const [leastRecent] = this.#buckets.keys();
    if (this.#buckets.size > maxClients) this.#buckets.delete(leastRecent as string);
    return bucket;
  }
}

import { createHash } from 'node:crypto';

/** The number of buckets, 4 bytes each. Names in one bucket share its generation. */
const defaultBuckets = 65_536;

/** Bytes of an epoch: 8 characters of base64url. */
const epochBytes = 6;

/**
 * The epochs of logs that are not stored. An epoch is derived from a secret, the channel's name,
 * and the generation of the name's bucket. A name that was never published to then costs nothing:
 * it has the same epoch each time somebody asks.
 *
 * A log that had messages and is forgotten begins a new generation. Its next life then has another
 * epoch, and no client loses messages without a gap. Other names of the bucket get another epoch
 * too. Their clients can see a gap where nothing was lost, which is rare.
 */
export class DerivedEpochs {
  readonly #secret: Uint8Array;
  readonly #buckets: number;
  /** Made when the first log is forgotten. */
  #generations: Uint32Array | undefined;

  /**
   * @param secret random bytes, since the epochs of two processes must not match, and an epoch must
   * not tell the name of its channel.
   */
  constructor(secret: Uint8Array, buckets = defaultBuckets) {
    this.#secret = secret;
    this.#buckets = buckets;
  }

  /** Returns the epoch of the next log with this name. */
  of(name: string): string {
    const digest = this.#digest(name);
    const base = digest.readUIntBE(0, epochBytes);
    const generation = this.#generations?.[this.#bucketOf(digest)] ?? 0;
    // An addition, not another hash: the epochs of one name then never meet.
    digest.writeUIntBE((base + generation) % 2 ** (8 * epochBytes), 0, epochBytes);
    return digest.toString('base64url', 0, epochBytes);
  }

  /** Begins a new generation, so that the next log with this name has another epoch. */
  retire(name: string): void {
    this.#generations ??= new Uint32Array(this.#buckets);
    const bucket = this.#bucketOf(this.#digest(name));
    this.#generations[bucket] = (this.#generations[bucket] as number) + 1;
  }

  #digest(name: string): Buffer {
    return createHash('sha256').update(this.#secret).update(name).digest();
  }

  /** The bucket comes from other bytes than the epoch. */
  #bucketOf(digest: Buffer): number {
    return digest.readUInt32BE(epochBytes) % this.#buckets;
  }
}

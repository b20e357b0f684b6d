import type { Backplane, Clock, Followed, LogLimits, Message, Position } from '@pushwire/core/backplanes';
import { type Change, type Count, Counts } from '../protocol/counts';

/** The log that has the counts of all processes. Its newest message has the sum. */
export const censusLog = 'pushwire:streams';

/** The limits of {@link censusLog}. A process repeats a write within a few seconds. */
export const censusLimits: LogLimits = {
  count: 1,
  bytes: Number.POSITIVE_INFINITY,
  age: Number.POSITIVE_INFINITY,
  idempotencyKeys: 1000,
  idempotencyAge: 60_000,
};

/** Milliseconds within which the changes of a process are written together. */
const writeWithin = 1000;

/** The parts of the package that the census uses. */
export interface CensusHost {
  readonly backplane: Backplane;
  readonly clock: Clock;
  /** The most streams, and the most bytes of all of their logs. */
  readonly limits: Count;
  /** Reports a failure of something that no request waits for. */
  failed(error: unknown): void;
}

/** Changes that are being written. A write without a reply is repeated with its key. */
interface Batch {
  readonly key: string;
  readonly counts: Counts;
}

/**
 * Counts the streams of all processes and the bytes of their logs. Each process counts the commands
 * that it has written, and adds them to the sum in the log once in a second. So the sum is exact in
 * one process, and a second old between several.
 */
export class Census {
  readonly #host: CensusHost;
  #followed: Followed | undefined;
  #following: Promise<void> | undefined;
  /** The sum, as it was read or written last. */
  #known = new Counts();
  /** The changes of this process that no write has taken yet. */
  #own = new Counts();
  /** Room for what is about to be written. */
  readonly #reserved = new Counts();
  #batch: Batch | undefined;
  #cancel: (() => void) | undefined;
  #writing: Promise<void> | undefined;

  constructor(host: CensusHost) {
    this.#host = host;
  }

  /** Counts something that this process has written. */
  add(change: Change): void {
    if (change.streams === 0 && change.bytes === 0) return;
    this.#own.add(change);
    this.#cancel ??= this.#host.clock.after(writeWithin, () => this.#writeSoon());
  }

  /**
   * Holds room for so much more until the returned function is called.
   *
   * @returns nothing where there is no room.
   * @throws PushwireError the promise rejects where the backplane cannot be reached.
   */
  async reserve(more: Count): Promise<(() => void) | undefined> {
    await this.#follow();
    if (!this.#hasRoom(more)) return undefined;
    const { streams, bytes } = more;
    this.#reserved.add({ gone: 0, streams, bytes });
    return () => this.#reserved.add({ gone: 0, streams: -streams, bytes: -bytes });
  }

  get total(): Count {
    const sum = new Counts();
    for (const counts of [this.#known, this.#own, this.#reserved, this.#batch?.counts]) if (counts) sum.addAll(counts);
    sum.forgetGone(this.#host.clock.now());
    return sum.total;
  }

  /** Writes what is left. */
  async close(): Promise<void> {
    this.#cancel?.();
    await this.#writing;
    await this.#write().catch((error) => this.#host.failed(error));
    this.#followed?.stop();
  }

  #hasRoom(more: Count): boolean {
    const { streams, bytes } = this.total;
    const { limits } = this.#host;
    return streams + more.streams <= limits.streams && bytes + more.bytes <= limits.bytes;
  }

  #follow(): Promise<void> {
    const follow = async () => {
      try {
        this.#followed = await this.#host.backplane.follow(censusLog, () => this.#onChange());
        this.#onChange();
      } catch (error) {
        this.#following = undefined;
        throw error;
      }
    };
    this.#following ??= follow();
    return this.#following;
  }

  #onChange(): void {
    const log = this.#followed?.log;
    if (log === undefined) return;
    this.#known = log.head > log.floor ? Counts.from(log.at(log.head).message.body as string) : new Counts();
    log.evict(this.#host.clock.now());
  }

  #writeSoon(): void {
    this.#cancel = undefined;
    this.#writing ??= this.#write()
      .catch((error) => {
        this.#host.failed(error);
        this.#cancel ??= this.#host.clock.after(writeWithin, () => this.#writeSoon());
      })
      .finally(() => {
        this.#writing = undefined;
      });
  }

  /** Adds the changes to the sum. Where another process was faster, it begins anew with its sum. */
  async #write(): Promise<void> {
    const { backplane, clock } = this.#host;
    if (backplane.write === undefined) return;
    while (this.#batch || !this.#own.isEmpty) {
      await this.#follow();
      const batch = (this.#batch ??= this.#takeBatch());
      const { log } = this.#followed as Followed;
      const sum = new Counts();
      for (const counts of [this.#known, batch.counts]) sum.addAll(counts);
      sum.forgetGone(clock.now());
      const after = { epoch: log.epoch, offset: log.head };
      const written = await this.#tryWrite(batch.key, messageOf(sum.toText()), after);
      if (written === undefined) await this.#readAgain();
      else {
        this.#batch = undefined;
        if (!written.isRepeated) this.#known = sum;
      }
    }
  }

  #takeBatch(): Batch {
    const counts = this.#own;
    this.#own = new Counts();
    return { key: crypto.randomUUID(), counts };
  }

  /** @returns `undefined` where another process has written meanwhile. */
  async #tryWrite(key: string, message: Message, after: Position) {
    try {
      return await this.#host.backplane.write?.(censusLog, { messages: [message], ends: false, key, after });
    } catch (error) {
      if ((error as { code?: unknown }).code === 'head-moved') return undefined;
      throw error;
    }
  }

  async #readAgain(): Promise<void> {
    await this.#followed?.refresh?.();
    this.#onChange();
  }
}

function messageOf(body: string): Message {
  return { kind: 'text', event: undefined, size: Buffer.byteLength(body), body };
}

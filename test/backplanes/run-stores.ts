import { randomUUID } from 'node:crypto';
import type { Log, Message } from '@pushwire/core';
import type {
  Backplane,
  BackplaneFactory,
  Followed,
  Outcome,
  RunClaim,
  RunClaimed,
  RunRecord,
  RunStore,
  RunWritten,
} from '@pushwire/core/backplanes';
import { defaultStateLimits } from '../../packages/core/src/backplanes/state-limits';
import { systemClock } from '../../packages/core/src/time/clock';

const unlimited = Number.POSITIVE_INFINITY;

/** The backplane of one process, as a hub has it. */
export function backplaneOf(factory: BackplaneFactory): Backplane & { readonly runs: RunStore } {
  const backplane = factory({
    clock: systemClock,
    limits: { logs: 100_000, logBytes: 128 * 1024 * 1024, runs: 10_000 },
    stateLimitsOf: () => defaultStateLimits,
    limitsOf: () => ({ count: unlimited, bytes: unlimited, age: unlimited }),
    connectionsTo: () => 0,
    report() {},
  });
  if (backplane.runs === undefined) throw new Error('the backplane has no runs');
  return backplane as Backplane & { readonly runs: RunStore };
}

export const messageOf = (body: string): Message => ({
  kind: 'text',
  body,
  event: undefined,
  size: Buffer.byteLength(body),
});

/** The times of a claim, in ms. The default is longer than any test. */
export type Times = Partial<Pick<RunClaim, 'lease' | 'keep'>>;

/** A producer that does what its tests say, through the store of one process. */
export class Producer {
  readonly owner = randomUUID();
  readonly stops: string[] = [];
  epoch = '';
  after = 0;

  constructor(
    readonly store: RunStore,
    readonly log: string,
    readonly times: Times = {},
  ) {}

  get #times() {
    return { lease: 60_000, keep: 60_000, ...this.times };
  }

  async claim(key?: string): Promise<RunClaimed> {
    const claim = { owner: this.owner, key, ...this.#times };
    const claimed = await this.store.claim(this.log, claim, (reason) => this.stops.push(reason));
    if (claimed.kind === 'claimed') this.epoch = claimed.epoch;
    return claimed;
  }

  /** Writes texts in one step. A write that is repeated gets the same `after`. */
  async write(texts: readonly string[], outcome?: Outcome, after = this.after): Promise<RunWritten> {
    const { owner, epoch } = this;
    const messages = texts.map(messageOf);
    const write = { owner, epoch, after, messages, ...this.#times, ...(outcome && { outcome }) };
    const written = await this.store.write(this.log, write);
    if (written.kind === 'written') this.after = after + texts.length;
    return written;
  }

  end(texts: readonly string[] = []): Promise<RunWritten> {
    return this.write(texts, { outcome: 'completed' });
  }
}

/** What a process has of a log that it follows. */
export class Reader {
  #followed: Followed | undefined;

  static async of(backplane: Backplane, log: string): Promise<Reader> {
    const reader = new Reader();
    reader.#followed = await backplane.follow(log, () => {});
    return reader;
  }

  get followed(): Followed {
    if (this.#followed === undefined) throw new Error('not followed yet');
    return this.#followed;
  }

  get log(): Log {
    return this.followed.log;
  }

  get texts(): string[] {
    const { log } = this;
    return Array.from({ length: log.count }, (_, i) => String(log.at(log.floor + 1 + i).message.body));
  }

  get outcome(): Outcome | undefined {
    return this.log.outcome;
  }
}

/** A record without what differs from run to run. */
export function plain(record: RunRecord | undefined) {
  if (record === undefined) return undefined;
  const { epoch: _epoch, startedAt: _startedAt, endedAt: _endedAt, ...rest } = record;
  return rest;
}

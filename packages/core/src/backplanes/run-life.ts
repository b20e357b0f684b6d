import type { Log } from '../log/log';
import type { Outcome } from '../log/outcome';
import type { RunClaim, RunRecord, RunWrite, RunWritten } from './run-store';

/** One run in memory: the log of its messages, its owner and its lease. */
export class RunLife {
  readonly owner: string;
  readonly key: string | undefined;
  #keep: number;
  /** The time at which the lease is over. */
  #leaseEnds: number;
  #endedAt: number | undefined;
  /** Dropped at the end, since it keeps the producer in memory. */
  #onStop: ((reason: string) => void) | undefined;

  /** @param stop the reason for which it was asked to stop. */
  constructor(
    readonly log: Log,
    claim: RunClaim,
    readonly startedAt: number,
    onStop: (reason: string) => void,
    public stop: string | undefined,
  ) {
    this.owner = claim.owner;
    this.key = claim.key;
    this.#keep = claim.keep;
    this.#onStop = onStop;
    this.#leaseEnds = startedAt + claim.lease;
  }

  get isRunning(): boolean {
    return this.#endedAt === undefined;
  }

  /** The time at which the lease is over, or at which the run has been kept long enough. */
  get due(): number {
    return this.#endedAt === undefined ? this.#leaseEnds : this.#endedAt + this.#keep;
  }

  get record(): RunRecord {
    const { epoch, head, outcome } = this.log;
    return {
      status: outcome?.outcome ?? 'running',
      epoch,
      head,
      startedAt: this.startedAt,
      ...(this.key !== undefined && { key: this.key }),
      ...(this.#endedAt !== undefined && { endedAt: this.#endedAt }),
      ...(outcome && { outcome }),
    };
  }

  /** Tells the producer to stop. It is told the first reason each time. */
  tell(reason: string): void {
    this.stop ??= reason;
    this.#onStop?.(this.stop);
  }

  /** The caller has looked whether the lease is over. */
  write({ owner, epoch, after, messages, lease, keep, outcome }: RunWrite, now: number): RunWritten {
    const { log } = this;
    if (owner !== this.owner || epoch !== log.epoch) return this.#fenced;
    // The messages that a repeated write has already appended.
    const done = log.head - after;
    if (this.isRunning) {
      if (done < 0 || done > messages.length) return this.#fenced;
      for (const message of messages.slice(done)) log.append(message, now);
      this.#leaseEnds = now + lease;
      this.#keep = keep;
      if (outcome) this.end(outcome, now);
    } else if (done !== messages.length || !isSame(log.outcome, outcome)) return this.#fenced;
    return this.stop === undefined ? { kind: 'written' } : { kind: 'written', stop: this.stop };
  }

  get #fenced(): RunWritten {
    return { kind: 'fenced', record: this.record };
  }

  end(outcome: Outcome, now: number): void {
    this.#endedAt = now;
    this.#onStop = undefined;
    this.log.end(outcome);
  }
}

function isSame(a: Outcome | undefined, b: Outcome | undefined): boolean {
  return a?.outcome === b?.outcome && a?.code === b?.code && a?.reason === b?.reason;
}

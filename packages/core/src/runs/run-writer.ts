import type { RunRecord, RunWritten } from '../backplanes/run-store';
import { isUnreachable } from '../checks/errors';
import { formatPosition } from '../log/cursor';
import type { Outcome } from '../log/outcome';
import type { Timed } from '../time/timer-wheel';
import type { ClaimedRun } from './claimed-run';
import { runLost } from './failures';
import { repeat } from './repeat';
import type { RunsHost } from './runs-host';
import { rejectAll, type Waiting, WriteQueue } from './write-queue';
import type { WriterListener } from './writer-listener';

/** The lease is renewed so many times while it lasts. */
const renewals = 3;

/**
 * Writes a run to its store: one write at a time, each with everything that came before the end of
 * the turn. A write that fails is repeated as it was until the lease is over, since the store does
 * a write that is repeated once. A run without messages renews its lease by writes without any.
 */
export class RunWriter implements Timed {
  slot: Timed['slot'];
  earlier: Timed | undefined;
  later: Timed | undefined;
  /** The offset of the last message that is written. */
  head = 0;
  readonly #queue = new WriteQueue();
  #outcome: Outcome | undefined;
  #isDue = false;
  #isWriting = false;
  #isOver = false;
  /** The time at which the last write was sent. */
  #sentAt: number;
  /** The same of the last write that was done, from which the lease counts at least. */
  #doneAt: number;

  constructor(
    readonly run: ClaimedRun,
    readonly host: RunsHost,
    readonly listener: WriterListener,
  ) {
    this.#sentAt = run.claimedAt;
    this.#doneAt = run.claimedAt;
    host.timers.add(this, this.#untilRenewal(host.clock.now()));
  }

  /** True while so much waits to be written that a producer should wait too. */
  get isFull(): boolean {
    return this.#queue.isFull;
  }

  /** Adds a message to the next write. */
  add(waiting: Waiting): void {
    this.#queue.add(waiting);
    this.#writeSoon();
  }

  /** Ends the run, after everything that waits. */
  end(outcome: Outcome): void {
    this.#outcome ??= outcome;
    this.#writeSoon();
  }

  /** Writes nothing more. Everything that waits is rejected with the error. */
  close(error: unknown): void {
    this.#finish();
    this.#queue.reject(error);
  }

  #finish(): void {
    this.#isOver = true;
    this.host.timers.remove(this);
  }

  tick(now: number): number | undefined {
    if (this.#isOver) return undefined;
    // A write under way renews the lease too.
    if (this.#isWriting) return this.#renewal;
    if (this.#untilRenewal(now) <= 0) this.#write();
    return Math.max(1, this.#untilRenewal(now));
  }

  get #renewal(): number {
    return Math.floor(this.run.lease / renewals);
  }

  #untilRenewal(now: number): number {
    return this.#sentAt + this.#renewal - now;
  }

  /** Waits for the end of the turn. A write under way is followed by the next one. */
  #writeSoon(): void {
    if (this.#isDue || this.#isWriting || this.#isOver) return;
    this.#isDue = true;
    this.host.clock.soon(() => {
      this.#isDue = false;
      if (this.#hasWork) this.#write();
    });
  }

  get #hasWork(): boolean {
    return !this.#isOver && (this.#queue.size > 0 || this.#outcome !== undefined);
  }

  #write(): void {
    if (this.#isWriting || this.#isOver) return;
    this.#isWriting = true;
    this.#writeAll().catch((error) => this.#giveUp(error));
  }

  async #writeAll(): Promise<void> {
    do await this.#writeOnce();
    while (this.#hasWork);
    this.#isWriting = false;
  }

  async #writeOnce(): Promise<void> {
    const waiting = this.#queue.take();
    this.listener.onRoom();
    const outcome = this.#queue.size === 0 ? this.#outcome : undefined;
    let written: RunWritten;
    try {
      written = await this.#send(waiting, outcome);
    } catch (error) {
      rejectAll(waiting, error);
      if (isUnreachable(error) || waiting.length === 0) this.#giveUp(error);
      else this.#refuse(error);
      return;
    }
    if (written.kind === 'written') this.#onWritten(waiting, outcome, written.stop);
    else this.#onFenced(waiting, written.record);
  }

  async #send(waiting: readonly Waiting[], outcome: Outcome | undefined): Promise<RunWritten> {
    const { owner, epoch, lease, keep, log } = this.run;
    const { clock, runStore } = this.host;
    const messages = waiting.map(({ message }) => message);
    const write = { owner, epoch, after: this.head, messages, lease, keep, ...(outcome && { outcome }) };
    const step = () => {
      this.#sentAt = clock.now();
      return runStore.write(log, write);
    };
    const written = await repeat(clock, step, () => !this.#isOver && clock.now() < this.#doneAt + lease);
    this.#doneAt = this.#sentAt;
    return written;
  }

  #onWritten(waiting: readonly Waiting[], outcome: Outcome | undefined, stop: string | undefined): void {
    const { epoch, log } = this.run;
    for (const { message, settle } of waiting) {
      const id = formatPosition({ epoch, offset: ++this.head });
      this.host.observer.published(log, id, message.size);
      settle?.resolve(id);
    }
    if (this.#isOver) return;
    if (outcome) {
      this.#finish();
      this.listener.onEnded(outcome);
      return;
    }
    if (stop !== undefined) this.listener.onStop(stop);
  }

  #onFenced(waiting: readonly Waiting[], record: RunRecord | undefined): void {
    const error = runLost();
    rejectAll(waiting, error);
    if (this.#isOver) return;
    this.close(error);
    this.listener.onFenced(record);
  }

  #giveUp(error: unknown): void {
    if (this.#isOver) return;
    this.close(runLost(error));
    this.listener.onUnreachable(error);
  }

  #refuse(error: unknown): void {
    this.#queue.reject(error);
    this.#outcome = undefined;
    if (!this.#isOver) this.listener.onRefused(error);
  }
}

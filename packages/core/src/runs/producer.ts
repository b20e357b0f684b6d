import type { RunRecord } from '../backplanes/run-store';
import type { SourceItem } from '../delivery/source-message';
import { checkSize } from '../log/message';
import type { Outcome } from '../log/outcome';
import { hubClosed } from '../reading/refusals';
import { type ClaimedRun, stateAtEnd, stateAtStart } from './claimed-run';
import { isFull, isRunTooLarge, itemRefused, publicCodeOf, runEnded, runLost, runStopped } from './failures';
import { finalState } from './final-state';
import { messageOfItem } from './produce';
import type { Production, ProductionListener } from './production';
import { pause } from './repeat';
import { type RunState, stateOf } from './run-state';
import { RunTally } from './run-tally';
import { RunWriter } from './run-writer';
import type { RunsHost } from './runs-host';
import { type SendTarget, senderOf } from './sender';
import type { RunSize } from './start-options';
import type { Waiting } from './write-queue';
import type { WriterListener } from './writer-listener';

/** Milliseconds in which a producer that was stopped must finish. It is ended without it then. */
const stopTimeout = 5000;

/** The same when the hub closes, which waits for it. */
const drainTimeout = 1000;

/**
 * The producer of a run, from its claim to its end:
 *
 * ```
 * producing → closing → ending → over
 * ```
 *
 * While it is closing, the app's function finishes. While it is ending, the outcome is written.
 */
export class Producer implements ProductionListener, SendTarget, WriterListener {
  /** The state at the start. */
  readonly state: RunState;
  /** The state at the end, once it is reached. */
  readonly done: Promise<RunState>;
  readonly #writer: RunWriter;
  readonly #tally: RunTally;
  #phase: 'producing' | 'closing' | 'ending' | 'over' = 'producing';
  /** The outcome, once the run is closing. */
  #outcome: Outcome | undefined;
  #resolve!: (state: RunState | Promise<RunState>) => void;

  constructor(
    readonly run: ClaimedRun,
    readonly host: RunsHost,
    readonly production: Production,
    most: RunSize,
  ) {
    this.state = stateAtStart(run);
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#tally = new RunTally(most);
    this.#writer = new RunWriter(run, host, this);
  }

  /** @param stop the reason of a stop that came before. The app's function is not called then. */
  begin(stop: string | undefined): void {
    if (stop !== undefined) this.stop(stop);
    else this.production.begin(senderOf(this.run.id, this, this.host), this);
  }

  /** Stops the run. Returns false if its end is decided. */
  stop(reason: string): boolean {
    this.#close({ outcome: 'stopped', ...(reason !== '' && { reason }) }, runStopped(reason), stopTimeout);
    return this.#phase === 'closing';
  }

  /** Ends the run before its time, since the hub closes. */
  drain(): void {
    if (this.#outcome) this.#end(this.#outcome);
    this.#close({ outcome: 'failed', code: 'draining' }, hubClosed(), drainTimeout);
  }

  /** The hub no longer waits for the outcome to be written. */
  abandon(): void {
    this.#writer.close(hubClosed());
    this.#lose(hubClosed(), this.#lost);
  }

  get signal(): AbortSignal {
    return this.production.signal;
  }

  accept(waiting: Waiting): void {
    if (this.#phase !== 'producing') throw runEnded();
    try {
      checkSize(waiting.message, this.host.maxMessageBytes);
      this.#tally.add(waiting.message);
      this.#writer.add(waiting);
    } catch (error) {
      waiting.settle?.reject(error);
      this.#refuse(error);
    }
  }

  onItem(item: SourceItem): void {
    try {
      this.accept({ message: messageOfItem(item) });
    } catch (error) {
      this.#refuse(error);
    }
    this.onRoom();
  }

  onEnd(): void {
    this.#end({ outcome: 'completed' });
  }

  onThrow(error: unknown): void {
    const code = publicCodeOf(error, this.host.isClosed);
    if (code === undefined) this.#report(error);
    this.#end({ outcome: 'failed', code: code ?? 'run-failed' });
  }

  onLateThrow(error: unknown): void {
    this.#report(error);
  }

  onRoom(): void {
    if (this.#phase === 'producing' && !this.#writer.isFull) this.production.pull();
  }

  onStop(reason: string): void {
    this.stop(reason);
  }

  onEnded(outcome: Outcome): void {
    this.#phase = 'over';
    const state = this.#stateAfter(outcome);
    // Readers in this process get the end in this turn. A start that waits for it comes after them.
    this.host.clock.soon(() => this.#resolve(state));
  }

  onFenced(record: RunRecord | undefined): void {
    this.#lose(runLost(), record?.epoch === this.run.epoch ? stateOf(record) : this.#lost);
  }

  onUnreachable(error: unknown): void {
    this.#report(error);
    this.#lose(runLost(error), finalState(this.host, this.run, this.#lost));
  }

  onRefused(error: unknown): void {
    this.#report(error);
    this.#fail(isFull(error) ? 'hub-full' : 'run-failed', error);
  }

  /** Fails the run for a message that it cannot have. One that lacks a message never completes. */
  #refuse(error: unknown): void {
    const isTooLarge = isRunTooLarge(error);
    if (!isTooLarge) this.#report(error);
    this.#fail(isTooLarge ? 'run-too-large' : 'run-failed', isTooLarge ? error : itemRefused(error));
  }

  /** Ends the run when the app's function has finished, or after `timeout` ms. */
  #close(outcome: Outcome, error: unknown, timeout: number): void {
    if (this.#phase !== 'producing') return;
    this.#phase = 'closing';
    this.#outcome = outcome;
    const finished = this.production.abort(error);
    void Promise.race([finished, pause(this.host.clock, timeout)]).then(() => this.#end(outcome));
  }

  #end(outcome: Outcome): void {
    if (this.#phase === 'ending' || this.#phase === 'over') return;
    this.#phase = 'ending';
    this.#writer.end(outcome);
  }

  /** Ends the run at once, even if it was to end otherwise, whatever the app's function does. */
  #fail(code: string, error: unknown): void {
    this.#phase = 'ending';
    this.#writer.end({ outcome: 'failed', code });
    void this.production.abort(error);
  }

  #lose(error: unknown, state: RunState | Promise<RunState>): void {
    this.#phase = 'over';
    void this.production.abort(error);
    this.#resolve(state);
  }

  get #lost(): RunState {
    return this.#stateAfter({ outcome: 'lost' });
  }

  #stateAfter(outcome: Outcome): RunState {
    return stateAtEnd(this.run, this.#writer.head, this.host.clock.now(), outcome);
  }

  #report(error: unknown): void {
    this.host.observer.failed(error, `the run ${JSON.stringify(this.run.id)} has failed`);
  }
}

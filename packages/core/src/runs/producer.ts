import type { RunRecord } from '../backplanes/run-store';
import { PushwireError } from '../checks/errors';
import type { SourceItem } from '../delivery/source-message';
import { formatPosition } from '../log/cursor';
import { checkSize, type SendOptions } from '../log/message';
import type { Outcome } from '../log/outcome';
import { messageFrom } from '../log/outgoing-message';
import { hubClosed } from '../reading/refusals';
import { runEnded, runLost, runStopped, runTooLarge } from './failures';
import { finalState } from './final-state';
import { messageOfItem, type RunSender } from './produce';
import type { Production, ProductionListener } from './production';
import { pause } from './repeat';
import { RunError } from './run-error';
import { type RunState, stateOf } from './run-state';
import { RunTally } from './run-tally';
import { type ClaimedRun, RunWriter, type WriterListener } from './run-writer';
import type { RunsHost } from './runs-host';
import type { RunSize } from './start-options';
import type { Waiting } from './write-queue';

/** Milliseconds in which a producer that was stopped must finish. It is ended without it then. */
const stopTimeout = 5000;

/** The same when the hub closes, which waits for it. */
const drainTimeout = 1000;

/** A run that this process has claimed. */
export interface OwnRun extends ClaimedRun {
  readonly id: string;
  readonly key: string | undefined;
  readonly most: RunSize;
}

/**
 * The producer of a run, from its claim to its end:
 *
 * ```
 * producing → closing → ending → over
 * ```
 *
 * While it is closing, the app's function finishes. While it is ending, the outcome is written.
 */
export class Producer implements ProductionListener, WriterListener {
  readonly done: Promise<RunState>;
  /** The state at its start. */
  readonly state: RunState;
  readonly #writer: RunWriter;
  readonly #tally: RunTally;
  #phase: 'producing' | 'closing' | 'ending' | 'over' = 'producing';
  /** The outcome, once the run is closing. */
  #outcome: Outcome | undefined;
  #settle!: (state: RunState | Promise<RunState>) => void;

  constructor(
    readonly run: OwnRun,
    readonly host: RunsHost,
    readonly production: Production,
  ) {
    const { epoch, key, claimedAt, most } = run;
    this.state = {
      status: 'running',
      head: formatPosition({ epoch, offset: 0 }),
      ...(key !== undefined && { key }),
      startedAt: claimedAt,
    };
    this.done = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#tally = new RunTally(most);
    this.#writer = new RunWriter(run, host, this);
  }

  /** @param stop the reason of a stop that came before. The app's function is not called then. */
  begin(stop: string | undefined): void {
    if (stop !== undefined) this.stop(stop);
    else this.production.begin(this.#sender, this);
  }

  /** Stops the run, unless its end is decided. */
  stop(reason: string): void {
    const outcome: Outcome = { outcome: 'stopped', ...(reason !== '' && { reason }) };
    this.#close(outcome, runStopped(reason), stopTimeout);
  }

  /** Ends the run before its time, since the hub closes. */
  drain(): void {
    if (this.#phase === 'closing') this.#end(this.#outcome as Outcome);
    this.#close({ outcome: 'failed', code: 'draining' }, hubClosed(), drainTimeout);
  }

  /** The hub no longer waits for the outcome to be written. */
  abandon(): void {
    this.#lose(runLost(), this.#stateAfter({ outcome: 'lost' }));
    this.#writer.close(hubClosed());
  }

  onItem(item: SourceItem): void {
    if (this.#phase !== 'producing') return;
    try {
      const message = messageOfItem(item);
      checkSize(message, this.host.maxMessageBytes);
      this.#add({ message });
    } catch (error) {
      this.#report(error);
      this.#fail('run-failed', new PushwireError('run-failed', 'The item cannot be sent.', { cause: error }));
    }
    this.onWritten();
  }

  onEnd(): void {
    if (this.#phase === 'producing') this.#end({ outcome: 'completed' });
  }

  onThrow(error: unknown): void {
    if (this.#phase !== 'producing') return;
    const isDraining = this.host.isClosed && (error as { code?: unknown } | undefined)?.code === 'hub-closed';
    if (isDraining) this.#end({ outcome: 'failed', code: 'draining' });
    else if (error instanceof RunError) this.#end({ outcome: 'failed', code: error.code });
    else {
      this.#report(error);
      this.#end({ outcome: 'failed', code: 'run-failed' });
    }
  }

  onLateThrow(error: unknown): void {
    this.#report(error);
  }

  onWritten(): void {
    if (this.#phase === 'producing' && !this.#writer.isFull) this.production.pull();
  }

  onStop(reason: string): void {
    this.stop(reason);
  }

  onEnded(outcome: Outcome): void {
    this.#phase = 'over';
    this.#settle(this.#stateAfter(outcome));
  }

  onFenced(record: RunRecord | undefined): void {
    const isSame = record?.epoch === this.run.epoch;
    this.#lose(runLost(), isSame ? stateOf(record) : this.#stateAfter({ outcome: 'lost' }));
  }

  onUnreachable(error: unknown): void {
    this.#report(error);
    const { log, epoch } = this.run;
    this.#lose(runLost(error), finalState(this.host, log, epoch, this.#stateAfter({ outcome: 'lost' })));
  }

  onRefused(error: unknown): void {
    this.#report(error);
    const isFull = error instanceof PushwireError && error.code === 'hub-full';
    this.#phase = 'producing';
    this.#fail(isFull ? 'hub-full' : 'run-failed', error);
  }

  get #sender(): RunSender {
    const send = (data: unknown, options?: SendOptions) => this.#send(data, options);
    return { id: this.run.id, send: send as RunSender['send'] };
  }

  #send(data: unknown, options: SendOptions | undefined): Promise<string> {
    const message = messageFrom(data, options);
    const { signal } = this.production;
    if (signal.aborted) {
      // The producer has been told why, so the promise need not tell it again.
      const rejected = Promise.reject(signal.reason);
      rejected.catch(() => {});
      return rejected;
    }
    const sent = new Promise<string>((resolve, reject) => {
      if (this.#phase !== 'producing') throw runEnded();
      checkSize(message, this.host.maxMessageBytes);
      this.#add({ message, settle: { resolve, reject } });
    });
    return this.host.optional('send()', sent);
  }

  #add(waiting: Waiting): void {
    if (this.#tally.add(waiting.message)) {
      this.#writer.add(waiting);
      return;
    }
    const { count, bytes } = this.run.most;
    const error = runTooLarge(count, bytes);
    waiting.settle?.reject(error);
    this.#fail('run-too-large', error);
  }

  /** Ends the run at once, whatever the app's function does. */
  #fail(code: string, error: unknown): void {
    this.#end({ outcome: 'failed', code });
    void this.production.abort(error);
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

  #lose(error: unknown, state: RunState | Promise<RunState>): void {
    this.#phase = 'over';
    void this.production.abort(error);
    this.#settle(state);
  }

  #stateAfter({ outcome, code, reason }: Outcome): RunState {
    const { epoch } = this.run;
    return {
      ...this.state,
      status: outcome,
      head: formatPosition({ epoch, offset: this.#writer.head }),
      endedAt: this.host.clock.now(),
      ...(code !== undefined && { code }),
      ...(reason !== undefined && { reason }),
    };
  }

  #report(error: unknown): void {
    this.host.observer.failed(error, `the run ${JSON.stringify(this.run.id)} has failed`);
  }
}

import type { RunRecord } from '../backplanes/run-store';
import { isUnreachable, PushwireError } from '../checks/errors';
import { runLogName } from '../log/log-name';
import { hubClosed } from '../reading/refusals';
import { runRunning } from './failures';
import { PendingStart } from './pending-start';
import type { Produce } from './produce';
import type { Producer } from './producer';
import { Production } from './production';
import { pause, repeat } from './repeat';
import { endOf } from './run-end';
import { JoinedRun, type RunStart, startedRun } from './run-start';
import { type RunState, stateOf } from './run-state';
import type { RunsHost } from './runs-host';
import type { StartSettings } from './start-options';

/** The reason that a run is given whose place another start takes. */
const replaced = 'replaced';

/** The longest wait for the last writes when the hub closes, in ms. */
const lastWritesTimeout = 3000;

/** The runs that this process produces, and those that it starts. */
export class Runs {
  readonly #pending = new Set<PendingStart>();
  readonly #producers = new Set<Producer>();
  #onIdle: (() => void) | undefined;

  constructor(readonly host: RunsHost) {}

  /** The number of runs that this process produces. */
  get size(): number {
    return this.#producers.size;
  }

  /** Must be called in the async context of the app's call. */
  async start(id: string, produce: Produce, settings: StartSettings): Promise<RunStart> {
    if (this.host.isClosed) throw hubClosed();
    const pending = new PendingStart(id, settings, new Production(produce), this.host);
    this.#pending.add(pending);
    try {
      return await this.#start(pending);
    } finally {
      this.#pending.delete(pending);
      pending.settle();
      this.#checkIdle();
    }
  }

  /**
   * Returns false if the run had ended. A start that has been told of the stop may still join the
   * run of another process or fail, so it counts when it has begun.
   */
  async stop(id: string, reason: string, key: string | undefined): Promise<boolean> {
    const { isStopped, pending } = this.#stopHere(id, reason, key);
    const isStoppedHere = async () =>
      isStopped || (await Promise.all(pending.map((start) => start.hasBegun))).includes(true);
    try {
      const stopped = await this.host.runStore.stop(runLogName(id), { reason, key });
      return stopped !== 'ended' || (await isStoppedHere());
    } catch (error) {
      if (isUnreachable(error) && (await isStoppedHere())) return true;
      throw error;
    }
  }

  async state(id: string): Promise<RunState> {
    return stateOf(await this.host.runStore.state(runLogName(id)));
  }

  /** Lets the producers go on for `ms` milliseconds, and ends those that are left. */
  async close(ms: number): Promise<void> {
    if (this.#isIdle) return;
    const idle = new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
    const { clock } = this.host;
    await Promise.race([idle, pause(clock, ms)]);
    for (const producer of this.#producers) producer.drain();
    if (!this.#isIdle) await Promise.race([idle, pause(clock, lastWritesTimeout)]);
    for (const each of [...this.#pending, ...this.#producers]) each.abandon();
  }

  /** Stops what is known here without asking the store, which does not know it yet or not now. */
  #stopHere(id: string, reason: string, key: string | undefined) {
    const isMeant = (run: { readonly id: string }, ownKey: string | undefined) =>
      run.id === id && (key === undefined || key === ownKey);
    const pending = [...this.#pending].filter((start) => isMeant(start, start.settings.key));
    const producers = [...this.#producers].filter(({ run }) => isMeant(run, run.key));
    for (const start of pending) start.stop(reason);
    const stopped = producers.filter((producer) => producer.stop(reason));
    return { pending, isStopped: stopped.length > 0 };
  }

  async #start(pending: PendingStart): Promise<RunStart> {
    const { id, log, settings } = pending;
    for (;;) {
      if (this.#isFull) return this.#joinOnly(pending);
      const { claimed, begin } = await pending.claim();
      if (claimed.kind === 'claimed') return this.#add(begin(claimed.stop));
      const { kind, record } = claimed;
      if (kind === 'repeated' || settings.whenRunning === 'join') return new JoinedRun(this.host, log, record);
      if (settings.whenRunning === 'refuse') throw runRunning(id);
      await this.#replace(log, record, settings.lease);
    }
  }

  /** Joins a run for a start that would be one too many. */
  async #joinOnly({ log, settings }: PendingStart): Promise<RunStart> {
    const record = await this.host.runStore.state(log);
    const isSame = settings.key !== undefined && settings.key === record?.key;
    const isJoined = record?.status === 'running' && settings.whenRunning === 'join';
    if (record && (isSame || isJoined)) return new JoinedRun(this.host, log, record);
    throw new PushwireError('hub-full', 'This process has as many runs under way as it may have (limits.runs).');
  }

  /** Asks a run to stop, and waits for its end. */
  async #replace(log: string, { epoch }: RunRecord, patience: number): Promise<void> {
    const { clock, runStore } = this.host;
    const until = clock.now() + patience;
    const stop = { reason: replaced, key: undefined, epoch };
    await repeat(
      clock,
      () => runStore.stop(log, stop),
      () => clock.now() < until,
    );
    await endOf(this.host, log, epoch);
  }

  /** @throws PushwireError `hub-closed` for a hub that has closed meanwhile, which ends the run. */
  #add(producer: Producer): RunStart {
    this.#producers.add(producer);
    void producer.done.then(() => {
      this.#producers.delete(producer);
      this.#checkIdle();
    });
    if (this.host.isClosed) throw hubClosed();
    return startedRun(producer);
  }

  get #isFull(): boolean {
    return this.#pending.size + this.#producers.size > this.host.limits.runs;
  }

  get #isIdle(): boolean {
    return this.#pending.size + this.#producers.size === 0;
  }

  #checkIdle(): void {
    if (this.#isIdle) this.#onIdle?.();
  }
}

import {
  type RunClaim,
  type RunClaimed,
  type RunRecord,
  type RunStop,
  type RunStopped,
  type RunStore,
  type RunWrite,
  type RunWritten,
  stopMemory,
} from '@pushwire/core/backplanes';
import { positionArguments, type ReadFrom } from '../channels/fresh-page';
import { type LogPage, parseLogPage } from '../channels/log-page';
import type { LogScripts } from '../channels/log-scripts';
import { encodeMessage } from '../channels/message-text';
import { newsOf } from '../channels/pubsub-message';
import type { Budget } from '../connection/commands';
import { refusedToWrite } from '../connection/failures';
import { readRun } from '../scripts/read';
import { claimRun } from '../scripts/run-claim';
import { runRecord } from '../scripts/run-record';
import { stopRun } from '../scripts/run-stop';
import { writeRun } from '../scripts/run-write';
import type { Script } from '../scripts/script';
import { parseClaimed, parseRecord, parseWritten } from './run-replies';
import type { RunStops } from './run-stops';

/** The parts of the backplane that the runs use. */
export interface RedisRunsHost {
  readonly scripts: LogScripts;
  readonly stops: RunStops;
  /** Reports a failure of something that no caller waits for. */
  failed(error: unknown): void;
}

/** A key as scripts take it, which tells no key from an empty one. */
const keyArgument = (key: string | undefined): string => (key === undefined ? '' : `k${key}`);

/** The runs in Redis. Each method runs a script on the hash of the run's log. */
export class RedisRuns implements RunStore {
  readonly #host: RedisRunsHost;

  constructor(host: RedisRunsHost) {
    this.#host = host;
  }

  async claim(log: string, claim: RunClaim, onStop: (reason: string) => void): Promise<RunClaimed> {
    const { scripts, stops } = this.#host;
    const { owner, key, lease, keep } = claim;
    await stops.listen(scripts.keysOf(log).stops, owner, lease, onStop);
    try {
      const args = [owner, keyArgument(key), String(lease), String(keep)];
      const claimed = parseClaimed(await this.#run(claimRun, log, args, 'publish'));
      if (claimed.kind === 'claimed') stops.begin(owner, claimed.epoch);
      else stops.forget(owner);
      return claimed;
    } catch (error) {
      stops.forget(owner);
      throw error;
    }
  }

  async write(log: string, write: RunWrite): Promise<RunWritten> {
    const { owner, epoch, after, messages, lease, outcome } = write;
    const ending = outcome === undefined ? '' : JSON.stringify(outcome);
    const args = [owner, epoch, String(after), String(lease), ending, ...messages.map(encodeMessage)];
    const size = messages.reduce((sum, message) => sum + message.size, 0);
    const { written, heard } = parseWritten(await this.#run(writeRun, log, args, 'publish', size));
    if (written.kind === 'fenced' || outcome) this.#host.stops.forget(owner);
    else this.#host.stops.use(owner);
    const offset = after + messages.length;
    if (heard === 0) this.#announce(log, outcome ? `${epoch} ${offset} end ${ending}` : newsOf({ epoch, offset }));
    return written;
  }

  async stop(log: string, { reason, key, epoch = '' }: RunStop): Promise<RunStopped> {
    const args = [reason, keyArgument(key), this.#host.scripts.keysOf(log).stops, epoch];
    // The run's next write tells it, where nobody has heard it.
    return String(await this.#run(stopRun, log, args, 'publish')) as RunStopped;
  }

  async state(log: string): Promise<RunRecord | undefined> {
    return parseRecord(await this.#run(runRecord, log, ['', '0'], 'follow'));
  }

  /** Reads a page of the log of a run. A run that is lost ends before. */
  async read(log: string, from: ReadFrom | undefined): Promise<LogPage> {
    const page = await this.#readPage(log, from);
    if (!page.exists) return page;
    const isOver = page.lease === 0;
    const hasLost = page.lease !== undefined && page.epoch === from?.epoch && page.head < from.head;
    if (!page.isStale && !isOver && !hasLost) return page;
    try {
      await this.#run(runRecord, log, positionArguments(from), 'follow');
    } catch (error) {
      if (!refusedToWrite(error)) throw error;
      // Whichever script comes first when Redis writes again will find the same.
      this.#host.failed(error);
      return isOver ? { ...page, ended: true, outcome: { outcome: 'lost' } } : page;
    }
    return this.#readPage(log, from);
  }

  /** Ends a run as lost, because Redis has used an offset of this epoch twice. */
  async lose(log: string, epoch: string): Promise<void> {
    await this.#run(runRecord, log, [epoch, String(Number.MAX_SAFE_INTEGER)], 'follow');
  }

  async #readPage(log: string, from: ReadFrom | undefined): Promise<LogPage> {
    const page = parseLogPage(await this.#run(readRun, log, [...positionArguments(from), 'inf'], 'follow'));
    return this.#host.scripts.withMove(log, from, page);
  }

  #announce(log: string, text: string): void {
    const { scripts } = this.#host;
    if (scripts.isSharded) scripts.announce(log, text).catch((error) => this.#host.failed(error));
  }

  #run(script: Script, log: string, args: readonly string[], budget: Budget, size = 0): Promise<unknown> {
    return this.#host.scripts.run(script, log, stopMemory, args, budget, size);
  }
}

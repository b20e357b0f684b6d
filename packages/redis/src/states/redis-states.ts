import {
  type Clock,
  isPresenceLog,
  type Position,
  type PresenceHeld,
  type PresenceHold,
  PushwireError,
  type StateLimits,
  type StateStore,
  type StateValues,
  type StateWrite,
  type StateWritten,
} from '@pushwire/core/backplanes';
import { freshPage, positionArguments, type ReadFrom } from '../channels/fresh-page';
import type { LogPage, LogPageEntry } from '../channels/log-page';
import type { LogScripts } from '../channels/log-scripts';
import { limitArgument } from '../channels/log-write';
import { encodeMessage } from '../channels/message-text';
import { newsOf } from '../channels/pubsub-message';
import type { Budget } from '../connection/commands';
import { pageSize } from '../scripts/read';
import type { Script } from '../scripts/script';
import { leastMemory } from '../scripts/state';
import { clearValues, keepValues, readValue } from '../scripts/value-keep';
import { readValues } from '../scripts/value-read';
import { writeValue } from '../scripts/value-write';
import { RedisHolds } from './redis-holds';
import { isOverdue, newestOf, parseCleared, parseStatePage, parseValue, parseWritten, valuesOf } from './state-replies';

/** The most pages and repetitions of a read. Only an endless row of changes needs more. */
const mostPages = 10_000;

/** The parts of the backplane that the states in Redis use. */
export interface RedisStatesHost {
  readonly clock: Clock;
  readonly scripts: LogScripts;
  /** The least number of milliseconds to keep a state without values after its last use. */
  readonly memory: number;
  limitsOf(log: string): StateLimits;
  /** Reports a failure of something that no caller waits for. */
  failed(error: unknown): void;
}

/** The states in Redis. Each method runs scripts on the hash of one state. */
export class RedisStates implements StateStore {
  readonly #host: RedisStatesHost;

  readonly holds: RedisHolds;

  constructor(host: RedisStatesHost) {
    this.#host = host;
    this.holds = new RedisHolds({
      clock: host.clock,
      run: (script, log, args, budget, size) => this.#run(script, log, [...this.#ages(log), ...args], budget, size),
      read: (script, log) => this.#run(script, log, [], 'follow'),
      announce: (log, position) => this.#announce(log, position),
      failed: (error) => host.failed(error),
    });
  }

  limitsOf(log: string): StateLimits {
    return this.#host.limitsOf(log);
  }

  async write(log: string, { message, ifAt }: StateWrite): Promise<StateWritten> {
    const { keys, bytes } = this.limitsOf(log);
    const wanted = ifAt === 'absent' ? ['-', '0'] : [ifAt?.epoch ?? '', String(ifAt?.offset ?? 0)];
    const value = [message.key as string, encodeMessage(message), String(message.size)];
    const args = [...this.#ages(log), ...value, ...wanted, limitArgument(keys), limitArgument(bytes)];
    const { written, isHeard } = parseWritten(await this.#run(writeValue, log, args, 'publish', message.size));
    if (written.kind === 'written' && !isHeard) this.#announce(log, written.position);
    return written;
  }

  hold(log: string, hold: PresenceHold): Promise<PresenceHeld> {
    return this.holds.hold(log, hold, this.limitsOf(log).keys);
  }

  count(log: string): Promise<number> {
    return this.holds.count(log);
  }

  async clear(log: string): Promise<Position> {
    const { position, isHeard } = parseCleared(await this.#run(clearValues, log, this.#ages(log), 'publish'));
    if (!isHeard) this.#announce(log, position);
    return position;
  }

  async read(log: string, key?: string): Promise<StateValues> {
    const { now, epoch, entries } = await this.holds.withoutDead(log, async () =>
      key === undefined ? this.#readAll(log) : parseValue(await this.#run(readValue, log, [key], 'follow')),
    );
    const { age } = this.limitsOf(log);
    return { epoch, entries: valuesOf(entries, age, now, this.#host.clock.now()) };
  }

  /** Reads what a copy lacks. A state of an earlier life of the server gets a new epoch. */
  readPage(log: string, from: ReadFrom | undefined): Promise<LogPage> {
    return freshPage(from, {
      memory: this.#memoryOf(log),
      readPage: async () => {
        const page = await this.#readAll(log, from);
        const { age } = this.limitsOf(log);
        const hasOverdue = page.entries.some((entry) => isOverdue(entry, page.now, age));
        return this.#host.scripts.withMove(log, from, { ...page, isOverdue: hasOverdue || page.lease === 0 });
      },
      keep: (reader) => this.keep(log, reader),
      failed: (error) => this.#host.failed(error),
    });
  }

  /**
   * Deletes what has become too old. It fails where Redis does not write.
   *
   * @param reader the place up to which somebody has read. A server with less has lost something.
   */
  async keep(log: string, reader?: ReadFrom): Promise<void> {
    if (isPresenceLog(log)) await this.holds.sweep(log, reader);
    else await this.#run(keepValues, log, [...this.#ages(log), ...positionArguments(reader)], 'follow');
  }

  /**
   * Reads all pages. Changes that come meanwhile are read at the end, in one step, so that the page
   * is the state as it was at one time.
   */
  async #readAll(log: string, from?: ReadFrom): Promise<LogPage> {
    let entries: LogPageEntry[] = [];
    let begun: LogPage | undefined;
    let head = from?.head ?? 0;
    let waiting: string[] = [];
    for (let pages = 0; pages < mostPages; pages++) {
      const position = [begun?.epoch ?? from?.epoch ?? '', String(head)];
      const wanted = waiting.splice(0, pageSize).join(' ');
      const { page, rest } = parseStatePage(await this.#run(readValues, log, [...position, wanted], 'follow'));
      const isOther = begun !== undefined && (page.epoch !== begun.epoch || page.after !== head);
      if (isOther) [begun, entries, waiting, head] = [undefined, [], [], from?.head ?? 0];
      if (isOther && wanted !== '') continue;
      entries.push(...page.entries);
      if (wanted === '') {
        const after = begun?.after ?? page.after;
        if (rest.length === 0) return { ...page, after, entries: newestOf(entries) };
        begun ??= page;
        head = page.head;
      }
      waiting.push(...rest);
    }
    throw new PushwireError('backplane-unavailable', 'A state in Redis changes faster than it can be read.');
  }

  #ages(log: string): string[] {
    const { age, deletions, deletionAge } = this.limitsOf(log);
    return [age, deletions, deletionAge].map(limitArgument);
  }

  /** Milliseconds to keep a state after its last use, unless a value of it is kept forever. */
  #memoryOf(log: string): number {
    const { age, deletionAge } = this.limitsOf(log);
    const kept = Math.max(deletionAge, leastMemory, this.#host.memory);
    return age === Number.POSITIVE_INFINITY ? kept : Math.max(age, kept);
  }

  /** Tells those who subscribe where the slot still is, as logs do. */
  #announce(log: string, position: Position): void {
    const { scripts } = this.#host;
    if (scripts.isSharded) scripts.announce(log, newsOf(position)).catch((error) => this.#host.failed(error));
  }

  #run(script: Script, log: string, args: readonly string[], budget: Budget, size = 0): Promise<unknown> {
    return this.#host.scripts.run(script, log, this.#memoryOf(log), args, budget, size);
  }
}

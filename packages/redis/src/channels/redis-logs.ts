import {
  type Clock,
  keyLimitsOf,
  type LogLimits,
  type LogWrite,
  type LogWritten,
  type Message,
  type Position,
  PushwireError,
} from '@pushwire/core/backplanes';
import type { Budget } from '../connection/commands';
import { append } from '../scripts/append';
import { deleteLog } from '../scripts/delete';
import { end } from '../scripts/end';
import { keep } from '../scripts/keep';
import { read } from '../scripts/read';
import type { Script } from '../scripts/script';
import { leastMemory } from '../scripts/state';
import { write as writeScript } from '../scripts/write';
import { freshPage, positionArguments, type ReadFrom } from './fresh-page';
import { type LogPage, parseLogPage } from './log-page';
import type { LogScripts } from './log-scripts';
import { limitArgument, limitArguments, parseWritten, writeArguments } from './log-write';
import { encodeMessage } from './message-text';
import { newsOf } from './pubsub-message';
import { Trims } from './trims';

/** The parts of the backplane that the logs in Redis use. */
export interface RedisLogsHost {
  readonly clock: Clock;
  readonly scripts: LogScripts;
  /** The least number of milliseconds to keep a log after its last use. */
  readonly memory: number;
  limitsOf(channel: string): LogLimits;
  /** Reports a failure of something that no caller waits for. */
  failed(error: unknown): void;
}

/** The logs in Redis. Each method runs a script on one log. */
export class RedisLogs {
  readonly #host: RedisLogsHost;
  readonly #trims: Trims;

  constructor(host: RedisLogsHost) {
    this.#host = host;
    this.#trims = new Trims(host.clock, (channel) => this.#inBackground(this.#keep(channel)));
  }

  limitsOf(channel: string): LogLimits {
    return this.#host.limitsOf(channel);
  }

  /** @throws {PushwireError} `channel-ended`, or as `Commands.run` does. */
  async append(channel: string, message: Message, keepFor = Number.POSITIVE_INFINITY): Promise<Position> {
    const limits = this.limitsOf(channel);
    const args = [encodeMessage(message), ...limitArguments(limits), limitArgument(keepFor)];
    const reply = await this.#run(append, channel, limits, args, 'publish', message.size);
    if (!Array.isArray(reply)) {
      throw new PushwireError('channel-ended', `The channel ${JSON.stringify(channel)} has ended.`);
    }
    const [epoch, digits, heard] = reply as [string, string, number];
    const position = { epoch, offset: Number(digits) };
    if (Number(heard) === 0) this.#announce(channel, position);
    this.#trimLater(channel, limits);
    return position;
  }

  /** @throws {PushwireError} `channel-ended`, `head-moved`, or as `Commands.run` does. */
  async write(channel: string, write: LogWrite): Promise<LogWritten> {
    const limits = this.limitsOf(channel);
    const args = writeArguments(write, limits);
    const size = write.messages.reduce((sum, message) => sum + message.size, 0);
    const reply = await this.#run(writeScript, channel, limits, args, 'publish', size);
    const { isHeard, ...written } = parseWritten(channel, reply);
    if (!isHeard) this.#announce(channel, { epoch: written.epoch, offset: written.head });
    this.#trimLater(channel, limits);
    return written;
  }

  /** @throws {PushwireError} as `Commands.run` does. */
  async delete(channel: string, newest?: Position): Promise<void> {
    const guard = newest ? [newest.epoch, String(newest.offset)] : ['', '0'];
    const reply = await this.#run(deleteLog, channel, this.limitsOf(channel), guard, 'publish');
    if (!Array.isArray(reply)) return;
    const [epoch, heard] = reply as [string, number];
    if (Number(heard) === 0) this.#announce(channel, { epoch, offset: 0 });
  }

  async end(channel: string): Promise<void> {
    await this.#run(end, channel, this.limitsOf(channel), [], 'publish');
  }

  /** Reads a page of a log. A log of an earlier life of the server begins a new life. */
  read(channel: string, from: ReadFrom | undefined): Promise<LogPage> {
    return freshPage(from, {
      memory: this.#memoryOf(this.limitsOf(channel)),
      readPage: () => this.#readPage(channel, from),
      keep: (reader) => this.#keep(channel, reader),
      failed: (error) => this.#host.failed(error),
    });
  }

  /**
   * Settles when Redis has written something for a log. A master that others have replaced, and
   * that needs replicas to write, fails this.
   *
   * @throws {PushwireError} as `Commands.run` does.
   */
  async confirm(channel: string): Promise<void> {
    await this.#keep(channel);
  }

  /** Begins a new life of a log, because Redis has used an offset of this epoch twice. */
  async beginNewLife(channel: string, epoch: string): Promise<void> {
    await this.#keep(channel, { epoch, head: Number.MAX_SAFE_INTEGER });
  }

  close(): void {
    this.#trims.close();
  }

  async #readPage(channel: string, from: ReadFrom | undefined): Promise<LogPage> {
    const position = positionArguments(from);
    const limits = this.limitsOf(channel);
    const page = parseLogPage(
      await this.#run(read, channel, limits, [...position, limitArgument(limits.count)], 'follow'),
    );
    return this.#host.scripts.withMove(channel, from, page);
  }

  async #keep(channel: string, from?: ReadFrom): Promise<void> {
    const position = positionArguments(from);
    const limits = this.limitsOf(channel);
    await this.#run(keep, channel, limits, [...position, ...limitArguments(limits)], 'follow');
  }

  /**
   * Tells those who subscribe where the slot still is to read the log. While a slot moves, the log
   * may be where nobody can subscribe yet.
   */
  #announce(channel: string, position: Position): void {
    const { scripts } = this.#host;
    if (scripts.isSharded) this.#inBackground(scripts.announce(channel, newsOf(position)));
  }

  /** Lets messages be deleted that are kept for a shorter time than their log. */
  #trimLater(channel: string, { age }: LogLimits): void {
    if (age > 0 && age < leastMemory) this.#trims.appended(channel, age);
  }

  #inBackground(work: Promise<void>): void {
    work.catch((error) => this.#host.failed(error));
  }

  #run(
    script: Script,
    channel: string,
    limits: LogLimits,
    args: readonly string[],
    budget: Budget,
    size = 0,
  ): Promise<unknown> {
    return this.#host.scripts.run(script, channel, this.#memoryOf(limits), args, budget, size);
  }

  /** Milliseconds to keep a log after its last use, or 0 to keep it forever. */
  #memoryOf(limits: LogLimits): number {
    const { count, bytes, age } = limits;
    const kept = Math.max(count > 0 && bytes > 0 ? age : 0, keyLimitsOf(limits).idempotencyAge);
    return kept === Number.POSITIVE_INFINITY ? 0 : Math.max(kept, leastMemory, this.#host.memory);
  }
}

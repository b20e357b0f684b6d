import { type Clock, type LogLimits, type Message, type Position, PushwireError } from '@pushwire/core/backplanes';
import type { Budget } from '../connection/commands';
import { refusedToWrite } from '../connection/failures';
import { append } from '../scripts/append';
import { end } from '../scripts/end';
import { keep } from '../scripts/keep';
import { read } from '../scripts/read';
import type { Script } from '../scripts/script';
import { leastMemory } from '../scripts/state';
import { type LogPage, parseLogPage } from './log-page';
import type { LogScripts } from './log-scripts';
import { encodeMessage } from './message-text';
import { newsOf } from './pubsub-message';
import type { QuietTime } from './quiet-time';
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

/** The part of a log that a reader has. */
export interface ReadFrom extends Pick<LogPage, 'epoch' | 'head'> {
  readonly quiet?: QuietTime | undefined;
}

/** The logs in Redis. Each method runs a script on one log. */
export class RedisLogs {
  readonly #host: RedisLogsHost;
  readonly #trims: Trims;

  constructor(host: RedisLogsHost) {
    this.#host = host;
    this.#trims = new Trims(host.clock, (channel) => this.#inBackground(this.#keep(channel)));
  }

  /** @throws {PushwireError} `channel-ended`, or as `Commands.run` does. */
  async append(channel: string, message: Message): Promise<Position> {
    const limits = this.#host.limitsOf(channel);
    const args = [encodeMessage(message), ...limitArguments(limits)];
    const reply = await this.#run(append, channel, limits, args, 'publish', message.size);
    if (!Array.isArray(reply)) {
      throw new PushwireError('channel-ended', `The channel ${JSON.stringify(channel)} has ended.`);
    }
    const [epoch, digits, heard] = reply as [string, string, number];
    const position = { epoch, offset: Number(digits) };
    // While a slot moves, the log may be where nobody can subscribe yet.
    if (this.#host.scripts.isSharded && Number(heard) === 0) this.#inBackground(this.#announce(channel, position));
    if (limits.age > 0 && limits.age < leastMemory) this.#trims.appended(channel, limits.age);
    return position;
  }

  async end(channel: string): Promise<void> {
    await this.#run(end, channel, this.#host.limitsOf(channel), [], 'publish');
  }

  /** Reads a page of a log. A log of an earlier life of the server begins a new life. */
  async read(channel: string, from: ReadFrom | undefined): Promise<LogPage> {
    const page = await this.#readPage(channel, from);
    const hasLost = page.exists && page.epoch === from?.epoch && page.head < from.head;
    if (page.isStale || hasLost) {
      try {
        await this.#keep(channel, from);
      } catch (error) {
        // A server that is gone may have shown a life that its readers have left.
        if (!refusedToWrite(error)) throw error;
        // Its log can be read as it is.
        this.#host.failed(error);
        return page;
      }
      return this.#readPage(channel, from);
    }
    const memory = this.#memoryOf(this.#host.limitsOf(channel));
    const isShort = page.timeToLive >= 0 && (memory === 0 || page.timeToLive < memory);
    if (page.exists && isShort) this.#inBackground(this.#keep(channel));
    return page;
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
    const position = from ? [from.epoch, String(from.head)] : ['', '0'];
    const limits = this.#host.limitsOf(channel);
    const page = parseLogPage(
      await this.#run(read, channel, limits, [...position, limitArgument(limits.count)], 'follow'),
    );
    const { quiet } = from ?? {};
    if (quiet === undefined || quiet.life === page.quiet.life) return page;
    const hasMoved = await this.#host.scripts.hasMoved(channel, quiet.life, page.quiet.life);
    return { ...page, hasMoved };
  }

  async #keep(channel: string, from?: ReadFrom): Promise<void> {
    const position = from ? [from.epoch, String(from.head)] : ['', '0'];
    const limits = this.#host.limitsOf(channel);
    await this.#run(keep, channel, limits, [...position, ...limitArguments(limits)], 'follow');
  }

  /** Tells those who subscribe where the slot still is that there is a new message. */
  async #announce(channel: string, position: Position): Promise<void> {
    await this.#host.scripts.announce(channel, newsOf(position));
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
  #memoryOf({ count, bytes, age }: LogLimits): number {
    const kept = count > 0 && bytes > 0 ? age : 0;
    return kept === Number.POSITIVE_INFINITY ? 0 : Math.max(kept, leastMemory, this.#host.memory);
  }
}

/** Formats a limit for a script. */
const limitArgument = (limit: number): string => (limit === Number.POSITIVE_INFINITY ? 'inf' : String(limit));

const limitArguments = ({ count, bytes, age }: LogLimits): string[] => [count, bytes, age].map(limitArgument);

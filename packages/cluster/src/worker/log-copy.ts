import { type Clock, type Followed, isRunLog, type Log, type Position, StateLog } from '@pushwire/core/backplanes';
import { type LogNews, ownMessage } from '../protocol/news';

/** The parts of the backplane that its copies use. */
export interface LogCopyHost {
  readonly clock: Clock;
  /** Makes an empty log that begins after an offset. A state's log has that floor. */
  createLog(name: string, epoch: string, floor: number): Log;
  /** Settles when this process has got all that was in the log. */
  refresh(name: string): Promise<void>;
  /** The copy has no follower any more. */
  becameIdle(copy: LogCopy): void;
}

/** This process's copy of a log of the broker. All clients of the process read that copy. */
export class LogCopy implements Followed {
  /** Called when the copy has changed. `undefined` while it has no follower. */
  onChange: (() => void) | undefined;
  isDeleted = false;
  isKnown = false;
  #log: Log | undefined;
  /** The offset up to which messages were dropped. */
  #dropped = 0;
  /** Parts of news of which the last one has not come yet. */
  #parts: LogNews[] = [];
  /** News that came while the followers had not seen the end of the log yet. */
  #held: LogNews[] | undefined;

  constructor(
    readonly name: string,
    readonly host: LogCopyHost,
  ) {}

  /** True once the log can be read. */
  get ready(): boolean {
    return this.#log !== undefined;
  }

  get log(): Log {
    if (this.#log === undefined) throw new Error(`${this.name} is not followed yet`);
    return this.#log;
  }

  /**
   * Drops the parts of news whose last part is still missing. No other connection sends their rest.
   *
   * @returns the place after which the next connection sends all news again.
   */
  restart(): Position | undefined {
    this.#parts = [];
    const lastWhole = this.#held?.findLastIndex(({ isWhole }) => isWhole) ?? -1;
    this.#held?.splice(lastWhole + 1);
    return this.#log && { epoch: this.#log.epoch, offset: this.#log.head };
  }

  async refresh(): Promise<void> {
    await this.host.refresh(this.name);
    while (this.#held) await new Promise<void>((resolve) => this.host.clock.soon(resolve));
  }

  follow(onChange: () => void): this {
    this.onChange = onChange;
    return this;
  }

  stop(): void {
    this.onChange = undefined;
    this.host.becameIdle(this);
  }

  receive(news: LogNews): void {
    if (this.#held) {
      this.#held.push(news);
      return;
    }
    if (news.begins !== undefined) this.#parts = [];
    // The rest of news for an earlier copy of this name.
    else if (this.#log?.epoch !== news.epoch && this.#parts.length === 0) return;
    this.#parts.push(news);
    if (news.isWhole) this.#apply(this.#parts.splice(0), news);
  }

  #apply(parts: readonly LogNews[], last: LogNews): void {
    const begins = parts[0]?.begins;
    if (this.#hasLostRun(last)) {
      this.#notify();
      this.#holdBack(parts);
      return;
    }
    const log = begins === undefined ? this.log : this.host.createLog(this.name, last.epoch, begins);
    if (begins !== undefined) this.#dropped = begins;
    // The clocks of two processes differ after a suspend or a step of the system's time.
    const now = this.host.clock.now();
    for (const { entries, now: sent } of parts) {
      for (const { offset, time, message } of entries) {
        if (offset <= log.head) continue;
        // Others have taken the places of the messages in between.
        if (log instanceof StateLog) log.skipTo(offset - 1);
        log.append(ownMessage(message), now - Math.max(0, sent - time));
      }
    }
    if (log instanceof StateLog) log.skipTo(last.head);
    else this.#drop(log, last.floor);
    const ends = last.isEnded && !log.ended;
    if (ends) log.end(last.outcome);
    this.#log = log;
    this.isDeleted = last.isDeleted;
    this.isKnown = last.isKnown;
    this.#notify();
    if (ends) this.#holdBack([]);
  }

  /** Ends a run of which the broker has nothing. It never forgets one that is under way. */
  #hasLostRun(last: LogNews): boolean {
    if (!isRunLog(this.name) || last.isKnown || !this.isKnown || this.log.ended) return false;
    this.log.end({ outcome: 'lost' });
    return true;
  }

  /** Drops what the broker has evicted, which the followers write before it goes. */
  #drop(log: Log, floor: number): void {
    this.#dropped = Math.max(this.#dropped, log.floor);
    while (this.#dropped < Math.min(floor, log.head) && log.dropOldest()) this.#dropped++;
  }

  /** Followers look at the end of a turn, and the next life may come in that of the end. */
  #holdBack(held: readonly LogNews[]): void {
    this.#held = [...held];
    this.host.clock.soon(() => {
      const held = this.#held ?? [];
      this.#held = undefined;
      for (const news of held) this.receive(news);
    });
  }

  #notify(): void {
    if (this.onChange) this.onChange();
    // A hub evicts from the log after it has written the messages. Here is no hub that would.
    else this.log.evict(this.host.clock.now());
  }
}

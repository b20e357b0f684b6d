import type { Clock, Log, Outcome, Position } from '@pushwire/core/backplanes';
import { leastMemory } from '../scripts/state';
import { EarlyMessages } from './early-messages';
import type { LogPage } from './log-page';
import { type LogShape, leaveOut } from './log-shape';
import { decodeMessage, encodeMessage } from './message-text';
import type { PubSubMessage } from './pubsub-message';
import { startLog } from './quiet-log';
import { join, type QuietTime, timeOf } from './quiet-time';

/**
 * This process's copy of a log, built from pages and Pub/Sub messages. But for that of a state, it
 * never contains a hole. When a message is lost, the copy starts over after it, and clients before
 * it get a gap.
 */
export class LogCopy {
  #log: Log | undefined;
  /** The last log that was deleted. */
  #deleted: Log | undefined;
  /** The time before the log in which nothing was published. */
  #quiet: QuietTime | undefined;
  /** True while there is a log in Redis, so that the quiet time is over. */
  #exists = false;
  /** Pub/Sub messages that arrived before the messages they follow. */
  readonly #early = new EarlyMessages();

  constructor(
    readonly clock: Clock,
    readonly shape: LogShape,
  ) {}

  /** `undefined` before the first page. */
  get log(): Log | undefined {
    return this.#log;
  }

  /** True while the log is a deleted one, whose next life was not read yet. */
  get isDeleted(): boolean {
    return this.#deleted !== undefined && this.#deleted === this.#log;
  }

  /** The time in which nothing was published, while Redis keeps nothing of the channel. */
  get quiet(): QuietTime | undefined {
    return this.#exists ? undefined : this.#quiet;
  }

  /** True while Redis has the log, as far as this process knows. */
  get exists(): boolean {
    return this.#exists;
  }

  /** True while a Pub/Sub message waits for messages that are missing before it. */
  get hasHole(): boolean {
    return !this.#early.isEmpty;
  }

  /**
   * Applies a Pub/Sub message.
   *
   * @returns `appended`; `known` if the copy has it already; `hole` if messages before it are
   * missing and the log must be read; or `conflict` if the copy has another message at its offset,
   * because the server has lost messages.
   */
  receive(message: PubSubMessage): 'appended' | 'known' | 'hole' | 'conflict' {
    const log = this.#log;
    const { kind, epoch, offset } = message;
    if (log?.epoch === epoch) {
      if (kind === 'life' || (kind === 'news' && offset <= log.head)) return 'known';
      if (kind === 'message' && offset === log.head + 1) {
        log.append(decodeMessage(message.text), this.clock.now());
        return 'appended';
      }
      if (kind === 'end' && this.#endAt(offset, message.outcome)) return 'appended';
      if (kind === 'deleted' && this.endDeleted(message)) return 'appended';
      if (offset <= log.head) {
        // In a state, another message may have taken the place of it.
        const kept = offset > log.floor ? log.next(offset - 1) : undefined;
        if (kind !== 'message' || kept?.offset !== offset) return 'known';
        return encodeMessage(kept.message) === message.text ? 'known' : 'conflict';
      }
    }
    if (this.#beginWith(message)) return 'appended';
    this.#early.keep(message);
    return 'hole';
  }

  /**
   * Ends the log, if it has everything up to the offset. After a loss, the end of a run comes
   * before messages that this process has had.
   */
  #endAt(offset: number, outcome: Outcome | undefined): boolean {
    const log = this.#log as Log;
    if (log.ended || (outcome ? offset > log.head : offset !== log.head)) return false;
    log.end(outcome);
    return true;
  }

  /**
   * Ends the log if it was deleted at this position, and has everything up to it. Otherwise the
   * next life is a gap for the followers.
   *
   * @returns true if it has ended the log.
   */
  endDeleted(position: Position | undefined): boolean {
    const log = this.#log;
    if (log === undefined || this.isDeleted) return false;
    if (log.epoch !== position?.epoch || log.head !== position.offset) return false;
    log.end();
    this.#deleted = log;
    return true;
  }

  /** Begins the log with its first message, if that followed the quiet time. */
  #beginWith(message: PubSubMessage): boolean {
    const { quiet } = this;
    if (message.kind !== 'message' || message.first === undefined || message.offset !== 1) return false;
    if (quiet?.name !== message.first.quiet) return false;
    const { name, life } = quiet;
    const joined = join(quiet, { name, life, from: message.first.began, until: message.first.began });
    if (joined.from !== quiet.from) return false;
    this.#quiet = joined;
    this.#exists = true;
    this.#log = this.#startAt(0, message.epoch);
    this.#log.append(decodeMessage(message.text), this.clock.now());
    return true;
  }

  /** Adds a page that was read. */
  add(page: LogPage): void {
    if (!page.exists) {
      if (!this.#hasLostRun()) this.#addNothing(page);
      return;
    }
    let log = this.#log;
    if (log?.epoch !== page.epoch) {
      this.#quiet = join(this.quiet, page.quiet, page.hasMoved);
      log = this.#startAfter(page.after, page.epoch);
    } else if (page.after > log.head) log = this.#startAfter(page.after, page.epoch);
    this.#exists = true;
    const now = this.clock.now();
    for (const { offset, time, text } of page.entries) {
      if (offset <= log.head) continue;
      if (offset > log.head + 1 && !leaveOut(log, offset - 1)) log = this.#startAfter(offset - 1, page.epoch);
      log.append(decodeMessage(text), now - Math.max(0, page.now - time));
    }
    this.#log = log;
  }

  /** Ends a run of which Redis has nothing any more. It never forgets one that is under way. */
  #hasLostRun(): boolean {
    if (this.shape.kind !== 'run' || !this.#exists || !this.#log || this.#log.ended) return false;
    this.#log.end({ outcome: 'lost' });
    return true;
  }

  /**
   * Takes note that Redis keeps nothing of the channel. The epoch is renewed from time to time, so
   * that clients have cursors that stay valid for a while. That is no gap for them.
   */
  #addNothing(page: LogPage): void {
    const quiet = join(this.quiet, page.quiet, page.hasMoved);
    const since = this.#log && timeOf(this.#log.epoch)?.time;
    const isFresh = since !== undefined && quiet.from < page.now && page.now - since < leastMemory / 2;
    this.#quiet = quiet;
    this.#exists = false;
    if (!isFresh) this.#log = this.#startAt(0, page.epoch);
  }

  /** Starts over after an offset, or before what came by Pub/Sub up to it during the read. */
  #startAfter(offset: number, epoch: string): Log {
    const texts = this.shape.kind === 'state' ? [] : this.#early.textsUpTo(epoch, offset);
    const log = this.#startAt(offset - texts.length, epoch);
    for (const text of texts) log.append(decodeMessage(text), this.clock.now());
    return log;
  }

  #startAt(offset: number, epoch: string): Log {
    return startLog(epoch, this.shape, offset, () => this.#quiet);
  }

  /**
   * Ends a read, after all pages up to `lastPage.head` were added. Messages that were in none of
   * them are lost. Then applies the Pub/Sub messages that arrived during the read.
   */
  finish(lastPage: LogPage): void {
    const log = this.#log as Log;
    const lacks = log.head < lastPage.head;
    if (lacks && !leaveOut(log, lastPage.head)) this.#log = this.#startAfter(lastPage.head, lastPage.epoch);
    if (lastPage.ended) this.#endAt(lastPage.head, lastPage.outcome);
    for (const message of this.#early.take()) this.receive(message);
  }

  /**
   * Drops the Pub/Sub messages that fit nothing that was read. They are of an earlier life, or the
   * next message shows that they are missing.
   */
  forgetEarly(): void {
    this.#early.take();
  }
}

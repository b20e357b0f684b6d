import { type Clock, Log, type LogLimits } from '@pushwire/core/backplanes';
import type { Announcement } from './pubsub-message';
import { messageText, readMessageText } from './message-json';
import type { Page } from './log-page';

/** What is announced while the log is being read is kept up to this; what is more, is read again. */
export const mostEarly = { announcements: 1000, characters: 4 * 1024 * 1024 };

/**
 * This process's copy of a channel's log, put together of pages that are read and of announcements. It holds no hole: behind a message
 * that cannot be had, it begins anew, so that whoever is before it finds a gap.
 */
export class Copy {
  #log: Log | undefined;
  #early: Announcement[] = [];
  #earlyCharacters = 0;

  constructor(
    readonly clock: Clock,
    readonly limits: LogLimits,
  ) {}

  /** `undefined` before the first page. */
  get log(): Log | undefined {
    return this.#log;
  }

  /**
   * Takes in what was announced.
   *
   * @returns `appended`, `nothing` where it is known already, `hole` where something before it is missing: then the log must be read on; or `conflict`
   * where another message is known at its offset: then the server has been set back.
   */
  hear(announcement: Announcement): 'appended' | 'nothing' | 'hole' | 'conflict' {
    const log = this.#log;
    const { kind, epoch, offset } = announcement;
    if (log?.epoch === epoch) {
      if (kind === 'life') return 'nothing';
      if (kind === 'message' && offset === log.head + 1) {
        log.append(readMessageText(announcement.text), this.clock.now());
        return 'appended';
      }
      if (kind === 'end' && offset === log.head) {
        log.end();
        return 'appended';
      }
      if (offset <= log.head) {
        const contradicts =
          kind === 'message' && offset > log.floor && messageText(log.at(offset).message) !== announcement.text;
        return contradicts ? 'conflict' : 'nothing';
      }
    }
    this.#keepEarly(announcement);
    return 'hole';
  }

  /** Takes in a page, and then what was announced meanwhile. */
  take(page: Page): void {
    let log = this.#log;
    const startAt = (offset: number) => new Log(page.epoch, this.limits, offset);
    if (log?.epoch !== page.epoch || page.after > log.head) log = startAt(page.after);
    const now = this.clock.now();
    for (const { offset, time, text } of page.entries) {
      if (offset <= log.head) continue;
      if (offset > log.head + 1) log = startAt(offset - 1);
      log.append(readMessageText(text), now - Math.max(0, page.now - time));
    }
    this.#log = log;
  }

  /** All pages up to `page.head` are taken: what did not stand in them is gone. */
  finish(page: Page): void {
    const log = this.#log as Log;
    if (log.head < page.head) this.#log = new Log(page.epoch, this.limits, page.head);
    if (page.ended && this.#log?.head === page.head) this.#log.end();
    const early = this.#early;
    this.forgetEarly();
    for (const announcement of early) this.hear(announcement);
  }

  /** Whether something was announced that is still missing. */
  get misses(): boolean {
    return this.#early.length > 0;
  }

  /** What was announced and fits nothing that was read: it is of another life, or the next announcement will show that it is missing. */
  forgetEarly(): void {
    this.#early = [];
    this.#earlyCharacters = 0;
  }

  #keepEarly(announcement: Announcement): void {
    const characters = announcement.kind === 'message' ? announcement.text.length : 0;
    this.#earlyCharacters += characters;
    this.#early.push(announcement);
    if (this.#early.length <= mostEarly.announcements && this.#earlyCharacters <= mostEarly.characters) return;
    // The newest alone says that there is more to read.
    this.#early = [announcement];
    this.#earlyCharacters = characters;
  }
}

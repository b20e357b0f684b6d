import { type Clock, Log, type LogLimits } from '@pushwire/core/backplanes';
import type { LogPage } from './log-page';
import { decodeMessage, encodeMessage } from './message-text';
import type { PubSubMessage } from './pubsub-message';

/** The most Pub/Sub messages to keep while the log is read. Beyond that, the log is read again. */
export const earlyLimits = { messages: 1000, characters: 4 * 1024 * 1024 };

/**
 * This process's copy of a channel's log, built from pages and Pub/Sub messages. It never contains
 * a hole. When a message is lost, the copy starts over after it, and clients before it get a gap.
 */
export class LogCopy {
  #log: Log | undefined;
  /** Pub/Sub messages that arrived before the messages they follow. */
  #early: PubSubMessage[] = [];
  #earlyCharacters = 0;

  constructor(
    readonly clock: Clock,
    readonly limits: LogLimits,
  ) {}

  /** `undefined` before the first page. */
  get log(): Log | undefined {
    return this.#log;
  }

  /** True while a Pub/Sub message waits for messages that are missing before it. */
  get hasHole(): boolean {
    return this.#early.length > 0;
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
      if (kind === 'life') return 'known';
      if (kind === 'message' && offset === log.head + 1) {
        log.append(decodeMessage(message.text), this.clock.now());
        return 'appended';
      }
      if (kind === 'end' && offset === log.head) {
        log.end();
        return 'appended';
      }
      if (offset <= log.head) {
        const contradicts =
          kind === 'message' && offset > log.floor && encodeMessage(log.at(offset).message) !== message.text;
        return contradicts ? 'conflict' : 'known';
      }
    }
    this.#keepEarly(message);
    return 'hole';
  }

  /** Adds a page that was read. */
  add(page: LogPage): void {
    let log = this.#log;
    const startAt = (offset: number) => new Log(page.epoch, this.limits, offset);
    if (log?.epoch !== page.epoch || page.after > log.head) log = startAt(page.after);
    const now = this.clock.now();
    for (const { offset, time, text } of page.entries) {
      if (offset <= log.head) continue;
      if (offset > log.head + 1) log = startAt(offset - 1);
      log.append(decodeMessage(text), now - Math.max(0, page.now - time));
    }
    this.#log = log;
  }

  /**
   * Ends a read, after all pages up to `lastPage.head` were added. Messages that were in none of
   * them are lost. Then applies the Pub/Sub messages that arrived during the read.
   */
  finish(lastPage: LogPage): void {
    const log = this.#log as Log;
    if (log.head < lastPage.head) this.#log = new Log(lastPage.epoch, this.limits, lastPage.head);
    if (lastPage.ended && this.#log?.head === lastPage.head) this.#log.end();
    const early = this.#early;
    this.forgetEarly();
    for (const message of early) this.receive(message);
  }

  /**
   * Drops the Pub/Sub messages that fit nothing that was read. They are of an earlier life, or the
   * next message shows that they are missing.
   */
  forgetEarly(): void {
    this.#early = [];
    this.#earlyCharacters = 0;
  }

  #keepEarly(message: PubSubMessage): void {
    const characters = message.kind === 'message' ? message.text.length : 0;
    this.#earlyCharacters += characters;
    this.#early.push(message);
    if (this.#early.length <= earlyLimits.messages && this.#earlyCharacters <= earlyLimits.characters) return;
    // The newest one is enough to show that there is more to read.
    this.#early = [message];
    this.#earlyCharacters = characters;
  }
}

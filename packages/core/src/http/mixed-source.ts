import type { OneOffSource } from '../delivery/one-off-source';
import { messageOf, type SourceItem } from '../delivery/source-message';
import type { Channel } from '../hub/channel';
import { isWithoutPlace } from '../log/cursor';
import type { ReadItem } from '../reading/channel-message';

type Result = IteratorResult<SourceItem>;

const over: Result = { done: true, value: undefined };

/**
 * Gives one client the messages of a channel and those of iterables, as they come. All of them have
 * the id of the client's place in the channel, from where the channel goes on after a cut.
 *
 * One item of each is fetched ahead. It ends when all of them have ended.
 */
export class MixedSource implements AsyncIterableIterator<SourceItem> {
  readonly #channel: Channel;
  readonly #others: readonly OneOffSource[];
  readonly #lastEventId: string | undefined;
  readonly #ready: (() => Promise<Result | undefined>)[] = [];
  #reader: AsyncIterator<ReadItem, undefined> | undefined;
  #place = '';
  /** The number of sources that have not ended. */
  #open: number;
  #isClosed = false;
  #wake = () => {};

  /** @param lastEventId the id of the client's last message, if it sent one. */
  constructor(channel: Channel, others: readonly OneOffSource[], lastEventId: string | undefined) {
    this.#channel = channel;
    this.#others = others;
    this.#lastEventId = lastEventId;
    this.#open = others.length + 1;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<Result> {
    try {
      if (this.#reader === undefined) await this.#begin();
      while (!this.#isClosed && this.#open > 0) {
        const result = await this.#ready.shift()?.();
        if (result) return result;
        if (this.#ready.length === 0 && this.#open > 0) await this.#whenReady();
      }
      return over;
    } catch (error) {
      // The error is what the app needs to know, whatever closing the others adds to it.
      await Promise.allSettled(this.#close());
      throw error;
    }
  }

  /** Closes the iterables, and stops reading the channel. */
  async return(): Promise<Result> {
    await Promise.all(this.#close());
    return over;
  }

  #close(): Promise<unknown>[] {
    if (this.#isClosed) return [];
    this.#isClosed = true;
    this.#wake();
    return [this.#reader?.return?.() ?? Promise.resolve(), ...this.#others.map((other) => other.close())];
  }

  async #begin(): Promise<void> {
    const from = this.#lastEventId;
    const place = from === undefined || isWithoutPlace(from) ? await this.#channel.head() : from;
    if (this.#isClosed) return;
    this.#place = place;
    const reader = this.#channel.read({ from: place })[Symbol.asyncIterator]();
    this.#reader = reader;
    const takePlace = (item: SourceItem): SourceItem => {
      this.#place = (item as ReadItem).id;
      return item;
    };
    this.#fetch(() => reader.next(), takePlace);
    for (const other of this.#others)
      this.#fetch(
        () => other.next(),
        (item) => this.#inPlace(item),
      );
  }

  /** Fetches the next item. The one after it is fetched when that is taken. */
  #fetch(next: () => Promise<Result>, prepare: (item: SourceItem) => SourceItem): void {
    const fetched = next();
    const take = async (): Promise<Result | undefined> => {
      const result = await fetched;
      if (result.done) {
        this.#open--;
        return undefined;
      }
      this.#fetch(next, prepare);
      return { done: false, value: prepare(result.value) };
    };
    const settled = () => {
      this.#ready.push(take);
      this.#wake();
    };
    fetched.then(settled, settled);
  }

  /** @throws TypeError for a message with an id of its own, from which no channel could go on. */
  #inPlace(item: SourceItem): SourceItem {
    const message = messageOf(item);
    if (message.id !== undefined) {
      throw new TypeError('source message id: expected none beside a channel, whose ids say where its client is');
    }
    return { data: message.data, event: message.event, retry: message.retry, id: this.#place };
  }

  #whenReady(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

import type { FollowedChannel, Follower } from '../delivery/followed-channel';
import type { ReadItem } from './channel-message';
import { type ReadSettings, startIn } from './read-options';
import { type ReaderHost, type ReaderRules, rulesOfChannels } from './reader-host';
import { followFailure, hubClosed, hubFull } from './refusals';
import { emptySlice, isEmpty, itemOf, readSlice, type Slice } from './slice';

type Result = IteratorResult<ReadItem, undefined>;

/**
 * The most bytes of messages that a reader takes from the log at once. They stay in memory until it
 * takes the next ones.
 */
const sliceBytes = 64 * 1024;

/**
 * The same for a reader that waits, and gets the messages of one turn. A log that keeps nothing
 * evicts them when the turn is over.
 */
const turnBytes = 1024 * 1024;

/**
 * Reads a channel for one loop of the app. Like a connection, it is a cursor on the log: it waits
 * at the head, and reads on from the log when the app asks for more. A reader that is slower than
 * the channel gets a gap.
 *
 * Nothing is held before the first `next()`, and after the end.
 */
export class Reader implements AsyncIterableIterator<ReadItem>, Follower {
  /** A reader is no connection. */
  readonly connections = 0;
  readonly #host: ReaderHost;
  readonly #name: string;
  readonly #settings: ReadSettings;
  readonly #rules: ReaderRules;
  readonly #onAbort = () => this.stop(this.#settings.signal?.reason);
  #hasBegun = false;
  #isOver = false;
  #isClosing = false;
  /** Set once it has taken all of a log that has ended, whose next life it does not read. */
  #ending: { readonly failure: unknown } | undefined;
  /** The loop throws it once. */
  #error: { readonly thrown: unknown } | undefined;
  #channel: FollowedChannel | undefined;
  /** The messages that were taken from the log, and the index of the next item in it. */
  #slice: Slice | undefined;
  #next = 0;
  /** Settles when all calls of `next()` before have. `undefined` while there are none. */
  #pending: Promise<void> | undefined;
  #wake: (() => void) | undefined;

  constructor(host: ReaderHost, name: string, settings: ReadSettings, rules = rulesOfChannels) {
    this.#host = host;
    this.#name = name;
    this.#settings = settings;
    this.#rules = rules;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Result> {
    const before = this.#pending;
    const value = before ? undefined : this.#take();
    if (value) return Promise.resolve({ done: false, value });
    const step = before ? before.then(() => this.#step()) : this.#step();
    const settle = () => {
      if (this.#pending === pending) this.#pending = undefined;
    };
    const pending: Promise<void> = step.then(settle, settle);
    this.#pending = pending;
    return step;
  }

  async return(): Promise<Result> {
    this.stop();
    return { done: true, value: undefined };
  }

  /** The hub closes. The loop gets what was published before, and then an error. */
  close(): void {
    this.#isClosing = true;
    if (this.#channel === undefined) this.stop(hubClosed());
    else this.onChange();
  }

  /** Ends the loop, with an error if there is one. Messages that it has not had stay in the log. */
  stop(...[thrown]: readonly [unknown?]): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (thrown !== undefined) this.#error = { thrown };
    this.#slice = undefined;
    this.#settings.signal?.removeEventListener('abort', this.#onAbort);
    this.#host.readers.delete(this);
    this.#channel?.remove(this);
    this.#channel = undefined;
    this.#wakeUp();
  }

  onChange(): void {
    // A reader at work reads on from the log later.
    if (this.#wake && this.#read(turnBytes)) this.#wakeUp();
    const log = this.#channel?.log;
    const { epoch, offset } = this.#slice?.end ?? {};
    const hasAll = log?.ended && offset === log.head && epoch === log.epoch;
    if (hasAll) this.#ending = { failure: this.#rules.failure(log) };
  }

  beforeEviction(): void {
    // A waiting reader has everything. Any other one gets a gap.
  }

  async #step(): Promise<Result> {
    if (!this.#hasBegun) this.#begin();
    for (;;) {
      const value = this.#take();
      if (value) return { done: false, value };
      if (this.#isOver) return this.#finish();
      if (this.#read(sliceBytes)) continue;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Follows the channel. That is done at once where the channel is local. */
  #begin(): void {
    this.#hasBegun = true;
    const { signal } = this.#settings;
    if (signal?.aborted) this.stop(signal.reason);
    else if (this.#host.isClosed) this.stop(hubClosed());
    if (this.#isOver) return;
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    this.#host.readers.add(this);
    try {
      this.#follow();
    } catch (error) {
      this.stop(error);
    }
  }

  #follow(): void {
    const { cursor } = this.#settings;
    const entering = this.#host.groups.read(this.#name, cursor, (channel) => this.#enter(channel));
    if (entering === 'full') this.stop(hubFull());
    else entering?.catch((error) => this.stop(followFailure(error)));
  }

  #enter(channel: FollowedChannel): void {
    if (this.#isOver) return;
    const refusal = this.#rules.refusal(channel);
    if (refusal !== undefined) {
      this.stop(refusal);
      return;
    }
    this.#slice = emptySlice(startIn(channel.log, this.#host.groups.tagOf(channel.name), this.#settings));
    this.#channel = channel;
    channel.add(this);
    this.#wakeUp();
  }

  #take(): ReadItem | undefined {
    return this.#slice && itemOf(this.#slice, this.#next++);
  }

  /** Takes the next messages from the log. Returns true if there is something for the loop. */
  #read(bytes: number): boolean {
    const log = this.#channel?.log;
    if (this.#ending) this.stop(this.#ending.failure);
    if (log === undefined || this.#isOver) return this.#isOver;
    this.#slice = readSlice(log, (this.#slice as Slice).end, bytes);
    this.#next = 0;
    if (!isEmpty(this.#slice)) return true;
    if (log.ended) this.stop(this.#rules.failure(log));
    else if (this.#isClosing) this.stop(hubClosed());
    return this.#isOver;
  }

  #finish(): Result {
    const error = this.#error;
    this.#error = undefined;
    if (error) throw error.thrown;
    return { done: true, value: undefined };
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}

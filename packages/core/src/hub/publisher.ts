import { formatPosition, type Position } from '../log/cursor';
import type { AnyEvents, EventName } from '../log/event-names';
import { checkSize, type Message, type PublishOptions } from '../log/message';
import { allPublishedFrom, type MessageOf, type OutgoingMessage, publishedFrom } from '../log/outgoing-message';
import { conditionsOf } from '../log/write-conditions';
import type { Engine } from './engine';
import { type ChannelWrite, deleteChannel, write } from './write';

let readEngine: (publisher: Publisher) => Engine;

const unconditional = { key: undefined, after: undefined };

/** The part of a {@link Channel} that changes its log. */
export class Publisher<Events = AnyEvents> {
  static {
    readEngine = (publisher) => publisher.#engine;
  }

  readonly #engine: Engine;

  /** @internal Use `hub.channel(name)`. */
  constructor(
    engine: Engine,
    readonly name: string,
  ) {
    this.#engine = engine;
  }

  /**
   * Appends a message to the log. Every connection gets it when the current turn of the event loop
   * is over. A string stays text, bytes stay bytes, and any other value is kept as its JSON text
   * at this moment.
   *
   * The promise need not be awaited. If nothing handles its rejection, the hub's `logger` gets the
   * error, or a warning is printed once without a logger. It never ends the process.
   *
   * @returns the message's cursor in this channel. It is also the message's id on connections to
   * this channel alone.
   * @throws TypeError at once for data that JSON cannot hold or would leave empty (a promise, a
   * Map, an Error), for `{ event, data }`, which are two arguments, or an event name that cannot be
   * sent.
   * @throws PushwireError the promise rejects with `channel-ended`, `hub-closed` or
   * `message-too-large`, and with `head-moved` where `after` is given. With a backplane also with
   * `backplane-unavailable` (nothing was published) or `backplane-unconfirmed` (the message may
   * have been published).
   * @example
   * ```ts
   * import { createHub } from '@pushwire/core';
   *
   * const news = createHub().channel('news');
   * const id = await news.publish({ headline: 'It works' }, { event: 'headline' });
   * console.log(`published as ${id}`);
   * ```
   */
  publish<Name extends EventName<Events>>(
    message: OutgoingMessage<Name, Events[Name]>,
    options?: Omit<PublishOptions, 'event'>,
  ): Promise<string>;
  publish<Name extends EventName<Events> = 'message' & EventName<Events>>(
    data: Events[Name],
    options?: PublishOptions<Name>,
  ): Promise<string>;
  publish(data: unknown, options?: PublishOptions): Promise<string> {
    const message = publishedFrom(data, options);
    const conditions = conditionsOf(options);
    if (conditions) return this.#writeOne('publish()', message, { ...conditions, ends: false });
    const engine = this.#engine;
    try {
      checkSize(message, engine.maxMessageBytes);
      const appended = engine.backplane.append(this.name, message);
      const published = (position: Position) => this.#published(position, message);
      // Only a promise that may reject needs to be watched.
      return 'then' in appended
        ? this.#optional('publish()', appended.then(published))
        : Promise.resolve(published(appended));
    } catch (error) {
      return this.#optional('publish()', Promise.reject(error));
    }
  }

  /**
   * Appends several messages in one step: all of them or none, with no other message in between.
   * Connections get them in one write. Together they may have `limits.messageBytes`.
   *
   * @param messages data, or messages of `message()`, each as in `publish()`.
   * @param options those of `publish()`, for all of them. `event` is for data alone.
   * @returns the ids of the messages, in their order.
   * @throws TypeError as `publish()` does, or for a backplane that has no `write()`.
   * @throws PushwireError the promise rejects as that of `publish()` does.
   * @example
   * ```ts
   * import { createHub, message } from '@pushwire/core';
   *
   * const orders = createHub().channel('orders');
   * const all = [message({ id: 7 }, { event: 'paid' }), message({ id: 7 }, { event: 'packed' })];
   * // A request that is repeated with the same key publishes nothing.
   * const [paid, packed] = await orders.publishAll(all, { idempotencyKey: 'request 41' });
   * console.log(paid, packed);
   * ```
   */
  publishAll<Name extends EventName<Events> = 'message' & EventName<Events>>(
    messages: readonly (Events[Name] | MessageOf<Events>)[],
    options?: PublishOptions<Name>,
  ): Promise<string[]> {
    const all = allPublishedFrom(messages, options);
    if (all.length === 0) return Promise.resolve([]);
    const conditions = conditionsOf(options) ?? unconditional;
    return write(this.#engine, this.name, { call: 'publishAll()', messages: all, ends: false, ...conditions });
  }

  /**
   * Ends the channel: its clients get the messages that are left, then the end, and don't
   * reconnect. A second call does nothing. With data, it appends a last message in the same step,
   * so that nothing can come after it.
   *
   * @returns the id of the last message, where there is one.
   * @throws TypeError as `publish()` does. With data also for a backplane that has no `write()`.
   * @throws PushwireError the promise rejects with `hub-closed` after the hub's `close()`, and with
   * data as that of `publish()` does: with `channel-ended` for a channel that has ended before.
   * @example
   * ```ts
   * import { createHub } from '@pushwire/core';
   *
   * const build = createHub().channel('build:7');
   * await build.publish('compiled');
   * await build.end({ ok: true }, { event: 'result' });
   * ```
   */
  end(): Promise<void>;
  end<Name extends EventName<Events>>(
    message: OutgoingMessage<Name, Events[Name]>,
    options?: Omit<PublishOptions, 'event'>,
  ): Promise<string>;
  end<Name extends EventName<Events> = 'message' & EventName<Events>>(
    data: Events[Name],
    options?: PublishOptions<Name>,
  ): Promise<string>;
  end(data?: unknown, options?: PublishOptions): Promise<unknown> {
    if (data === undefined && options === undefined) {
      const end = async () => this.#engine.backplane.end(this.name);
      return this.#optional('end()', end());
    }
    const conditions = conditionsOf(options) ?? unconditional;
    return this.#writeOne('end()', publishedFrom(data, options), { ...conditions, ends: true });
  }

  /**
   * Deletes the channel's log with its end and its idempotency keys. The channel is then as one
   * that was never published to.
   *
   * Clients that have had every message get the end and don't reconnect, and loops over the channel
   * end. The others get a gap and stay, since what they have not had is gone, and so do connections
   * to several channels. A cursor from before the deletion is a gap from then on.
   *
   * @throws TypeError at once for a backplane that has no `delete()`.
   * @throws PushwireError the promise rejects with `hub-closed`. With a backplane also with
   * `backplane-unavailable` or `backplane-unconfirmed`.
   * @example
   * ```ts
   * import { createHub } from '@pushwire/core';
   *
   * const room = createHub().channel('room:7');
   * await room.publish('the last word');
   * await room.delete();
   * ```
   */
  delete(): Promise<void> {
    return deleteChannel(this.#engine, this.name);
  }

  #writeOne(call: string, message: Message, how: Omit<ChannelWrite, 'call' | 'messages'>): Promise<string> {
    return write(this.#engine, this.name, { call, messages: [message], ...how }).then((ids) => ids.at(-1) as string);
  }

  #optional<T>(call: string, promise: Promise<T>): Promise<T> {
    return this.#engine.unawaited.optional(call, promise);
  }

  #published(position: Position, { size }: Message): string {
    const id = formatPosition(position);
    this.#engine.observer.published(this.name, id, size);
    return id;
  }
}

/** The engine of the hub that a channel belongs to. */
export function engineOf(channel: Publisher): Engine {
  return readEngine(channel);
}

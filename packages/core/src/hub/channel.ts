import type { AnyEvents } from '../log/event-names';
import type { ReadItem } from '../reading/channel-message';
import { headOf } from '../reading/head';
import { type ReadOptions, readSettings } from '../reading/read-options';
import { Reader } from '../reading/reader';
import { engineOf, Publisher } from './publisher';

export type { AnyEvents, EventName } from '../log/event-names';
export { engineOf } from './publisher';

/**
 * A named log that clients can connect to. Channels are values: `hub.channel(name)` costs next to
 * nothing, and two channels of one hub with the same name are the same channel.
 *
 * @typeParam Events the messages that may be published, checked by TypeScript only. Share it with
 * the client.
 */
export class Channel<Events = AnyEvents> extends Publisher<Events> {
  /**
   * Reads the channel in this process: `for await (const message of channel.read())`. Each message
   * has its `id`, `event` and `data`. The messages of all processes arrive, each of them once and
   * in order.
   *
   * Nothing is queued for a loop: it reads on from the log. One that is so slow that its next
   * messages are evicted gets an item with `gap` in their place, and so does one that starts from
   * an id that the log does not have. Reading continues with the oldest message that is kept.
   *
   * The loop ends after the channel's `end()`, when it has had everything. It throws if anything
   * else ends it, so a function with a loop that nothing awaits needs a `catch`, or the hub's
   * `close()` would end the process. A channel that is only being read costs no connection, but
   * counts in `limits.followedChannels`.
   *
   * @returns an iterable. Each loop over it starts anew, when it asks for its first message, and
   * holds nothing after its end.
   * @throws TypeError at once for an option that does not fit.
   * @throws PushwireError the loop throws `hub-closed` when the hub has closed, and `hub-full` for
   * more than `limits.followedChannels`. With a backplane, it throws `backplane-unavailable` or
   * `backplane-unconfirmed` if it cannot start. An outage later only makes it wait. With `signal`,
   * it throws the signal's reason.
   * @example
   * ```ts
   * import { createHub } from '@pushwire/core';
   *
   * const orders = createHub().channel<{ placed: { total: number } }>('orders');
   * for await (const { gap, event, data } of orders.read({ from: 'oldest' })) {
   *   if (gap) console.warn(`${gap.missed ?? 'some'} orders are lost`);
   *   else console.log(event, data.total);
   * }
   * ```
   */
  read(options?: ReadOptions): AsyncIterable<ReadItem<Events>> {
    const settings = readSettings(options);
    const iterate = () => new Reader(engineOf(this), this.name, settings);
    return { [Symbol.asyncIterator]: iterate as () => AsyncIterator<ReadItem<Events>, undefined> };
  }

  /**
   * Returns the id of the newest message, whichever process has published it. Take it before you
   * read a state that the messages change: reading from it then misses no change.
   *
   * @throws PushwireError the promise rejects with `hub-closed`, or `hub-full` for more than
   * `limits.followedChannels`. With a backplane also with `backplane-unavailable` or
   * `backplane-unconfirmed`.
   * @example
   * ```ts
   * import { createHub } from '@pushwire/core';
   *
   * const prices = createHub().channel('prices');
   * const from = await prices.head();
   * // Read the current prices here.
   * for await (const { id, data } of prices.read({ from })) console.log(id, data);
   * ```
   */
  head(): Promise<string> {
    const engine = engineOf(this);
    return engine.unawaited.optional('head()', headOf(engine, this.name));
  }

  /**
   * Counts the connections to this channel in all processes that the backplane joins, held polls
   * included: those of this process as they are now, and those of others as these have reported.
   * With Redis, processes report every `checkInterval` ms. A number may be that old (30 s by
   * default), and that of a process which was killed counts for up to three times as long (90 s).
   *
   * @throws PushwireError the promise rejects with `hub-closed`. With a backplane also with
   * `backplane-unavailable` or `backplane-unconfirmed`.
   * @example
   * ```ts
   * import { createHub } from '@pushwire/core';
   *
   * const news = createHub().channel('news');
   * console.log(`about ${await news.reportedConnections()} are reading`);
   * ```
   */
  reportedConnections(): Promise<number> {
    const engine = engineOf(this);
    const count = async () => engine.backplane.connectionsTo(this.name);
    return engine.unawaited.optional('reportedConnections()', count());
  }
}

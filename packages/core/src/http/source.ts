import { badRequest, misuse } from '../checks/errors';
import type { SourceMessage } from '../delivery/generator-stream';
import { Channel, engineOf } from '../hub/channel';

/** What a function source learns of the connection. */
export interface SourceContext {
  /** Fires when the connection is over, for whatever reason: the client left, the hub closes, the source has ended. */
  readonly signal: AbortSignal;
  /** The id of the last message that this client got before, if it says so. */
  readonly lastEventId: string | undefined;
}

/** A channel, whatever its events are. */
// biome-ignore lint/suspicious/noExplicitAny: no event map is wider than all others
export type AnyChannel = Channel<any>;

/** Where messages come from: a channel, several channels, or an async generator (any `AsyncIterable`). */
export type Feed = AnyChannel | readonly AnyChannel[] | AsyncIterable<SourceMessage>;

/** A feed, or a function of the framework's request that gives one, at once or later. */
export type Source<Request> = Feed | ((request: Request, context: SourceContext) => Feed | Promise<Feed>);

/** Channels without repetition, or an iterable. */
export type ReadFeed =
  | { readonly channels: readonly [Channel, ...Channel[]] }
  | { readonly iterable: AsyncIterable<SourceMessage> };

const wanted = 'a channel, an array of channels of one hub, or an async iterable';

/**
 * Looks at what an app gave as a feed.
 *
 * @throws TypeError when it is none.
 * @throws PushwireError `bad-request` for more channels than `limits.channels`, which only a request can have asked for.
 */
export function readFeed(feed: unknown): ReadFeed {
  if (feed instanceof Channel) return { channels: [feed] };
  if (Array.isArray(feed)) return { channels: readChannels(feed) };
  if (typeof feed === 'object' && feed !== null && Symbol.asyncIterator in feed) {
    return { iterable: feed as AsyncIterable<SourceMessage> };
  }
  throw misuse('source', wanted, feed);
}

function readChannels(given: readonly unknown[]): readonly [Channel, ...Channel[]] {
  const byName = new Map<string, Channel>();
  for (const channel of given) {
    if (!(channel instanceof Channel)) throw misuse('source', wanted, channel);
    byName.set(channel.name, channel);
  }
  const [first, ...others] = byName.values();
  if (first === undefined) throw misuse('source', 'at least one channel', given);
  if (others.some((channel) => engineOf(channel) !== engineOf(first))) {
    throw new TypeError('source: expected channels of one hub, got channels of several hubs');
  }
  const channels: [Channel, ...Channel[]] = [first, ...others];
  const most = engineOf(first).limits.channels;
  if (channels.length > most) {
    throw badRequest(`One connection can follow ${most} channels; these are ${channels.length}.`);
  }
  return channels;
}

import { badRequest, misuse } from '../checks/errors';
import type { CloseReason } from '../delivery/close-reason';
import { isMessages, type Messages, oneOffSource } from '../delivery/iterables';
import { OneOffSource } from '../delivery/one-off-source';
import type { StreamWriter, WriterListener } from '../delivery/stream-writer';
import { Channel, engineOf } from '../hub/channel';
import type { AnyPresence } from '../hub/presence';
import { type AnyRun, Run } from '../hub/run';
import type { AnyState } from '../hub/state';
import { MixedSource } from './mixed-source';
import { RunLog } from './run-log';
import { isState, StateFeed } from './state-feed';

/** The second argument of a function source. */
export interface SourceContext {
  /** Fires when the connection closes for any reason, and when the client leaves before that. */
  readonly signal: AbortSignal;
  /** The id of the last message that the client received, if it sent one. */
  readonly lastEventId: string | undefined;
  /**
   * The names that a client asks for in the query parameter `topics`, each once: at most 100, of
   * 4096 characters together. The source decides what they mean, and whether the client may have
   * them. A client of `@pushwire/client/two-way` changes them while it is connected: the source is
   * then asked again, with the request of the connection and the new topics.
   *
   * @throws PushwireError `bad-request` for topics that are malformed or too many.
   */
  readonly topics: readonly string[];
}

/** A channel with any events. */
// biome-ignore lint/suspicious/noExplicitAny: no event map is wider than all others
export type AnyChannel = Channel<any>;

/**
 * The origin of a connection's messages: a channel, several channels of one hub, a run, a state, a
 * presence, or an iterable of messages, async or not: a generator, an array, `channel.read()`, a
 * stream of Node or of the web, or `events.on()`. A list of one channel and iterables gives the
 * messages of all, as they come.
 */
export type Feed =
  | AnyChannel
  | readonly AnyChannel[]
  | AnyRun
  | AnyState
  | AnyPresence
  | Messages
  | readonly [AnyChannel, ...Messages[]];

/** A feed, or a function of the framework's request that returns one or a promise of one. */
export type Source<Request> = Feed | ((request: Request, context: SourceContext) => Feed | Promise<Feed>);

/**
 * A feed after its checks: channels without duplicates, the log of a run or a state, an iterable,
 * or an app that writes.
 */
export type CheckedFeed =
  | { readonly channels: readonly [Channel, ...Channel[]] }
  | { readonly messages: OneOffSource }
  | { readonly byHand: HandFeed };

/** An app that writes to a stream by hand. It is told what has become of its request. */
export interface HandFeed extends WriterListener {
  /** Bytes that may wait for a slow client. Defaults to the hub's. */
  readonly maxPending: number | undefined;
  opened(writer: StreamWriter): void;
  /** There will be no stream. */
  refused(reason: CloseReason): void;
}

const wanted = 'a channel, an array of channels of one hub, a run, a state, a presence, or an iterable of messages';

/**
 * Checks a feed.
 *
 * @param lastEventId the id of the last message that the client received, if it sent one.
 * @throws TypeError for a value that is not a feed.
 * @throws PushwireError `bad-request` for no channel, or more than `limits.channels`: a function
 * source usually takes their names from the request.
 */
export function checkFeed(feed: unknown, lastEventId?: string): CheckedFeed {
  if (feed instanceof Channel) return { channels: [feed] };
  if (feed instanceof Run) return { channels: [new RunLog(feed)] };
  if (isState(feed)) return { channels: [new StateFeed(feed)] };
  if (Array.isArray(feed) && feed.some((item) => item instanceof Run)) throw misuse('source', 'a run alone', feed);
  if (Array.isArray(feed) && feed.some(isState)) throw misuse('source', 'a state or a presence alone', feed);
  if (isMixed(feed)) return { messages: mixedSource(feed, lastEventId) };
  if (Array.isArray(feed) && (feed.length === 0 || feed.some((item) => item instanceof Channel))) {
    return { channels: checkChannels(feed) };
  }
  if (isMessages(feed)) return { messages: oneOffSource(feed) };
  throw misuse('source', wanted, feed);
}

/** Closes a feed that nobody gets, such as one that a source returned after its time was up. */
export async function discardFeed(feed: unknown): Promise<void> {
  const iterables = isMixed(feed) ? feed.filter(isMessages) : [feed].filter(isMessages);
  await Promise.all(iterables.map((iterable) => oneOffSource(iterable).close()));
}

/** True for a list of channels and iterables. */
export function isMixed(feed: unknown): feed is readonly unknown[] {
  return Array.isArray(feed) && feed.some((item) => item instanceof Channel) && feed.some(isMessages);
}

function mixedSource(list: readonly unknown[], lastEventId: string | undefined): OneOffSource {
  const [channel, ...channels] = list.filter((item) => item instanceof Channel);
  const iterables = list.filter(isMessages);
  if (channel === undefined || channels.length > 0 || iterables.length + 1 < list.length) {
    throw misuse('source', 'one channel and iterables in a list of both', list);
  }
  const others = iterables.map((iterable) => oneOffSource(iterable));
  const isPushed = others.some((other) => other.isPushed);
  return new OneOffSource(new MixedSource(channel, others, lastEventId), { isPushed });
}

function checkChannels(list: readonly unknown[]): readonly [Channel, ...Channel[]] {
  const byName = new Map<string, Channel>();
  for (const channel of list) {
    if (!(channel instanceof Channel)) throw misuse('source', wanted, channel);
    byName.set(channel.name, channel);
  }
  const [first, ...others] = byName.values();
  if (first === undefined) throw badRequest('One connection follows at least one channel, not 0.');
  if (others.some((channel) => engineOf(channel) !== engineOf(first))) {
    throw new TypeError('source: expected channels of one hub, got channels of several hubs');
  }
  const channels: [Channel, ...Channel[]] = [first, ...others];
  const max = engineOf(first).limits.channels;
  if (channels.length > max) {
    throw badRequest(`One connection can follow at most ${max} channels, not ${channels.length}.`);
  }
  return channels;
}

import { badRequest } from '../checks/errors';
import type { Channel } from '../hub/channel';
import type { Exchange } from './exchange';
import { runOf } from './run-log';
import { checkFeed } from './source';
import { sourceContext } from './source-context';
import { stateOf } from './state-feed';

/**
 * Asks the source of a connected client again, for the channels of other topics.
 *
 * @throws PushwireError `bad-request` where the source is no function, or gives no channels.
 * Whatever the source throws.
 */
export async function channelsFor<Request>(
  exchange: Exchange<Request>,
  topics: readonly string[],
): Promise<readonly Channel[]> {
  const { source, request } = exchange;
  if (!source) throw badRequest('The channels of this route are fixed.');
  const feed = checkFeed(await source(request, sourceContext(exchange, undefined, topics)));
  if ('channels' in feed && !runOf(feed.channels) && !stateOf(feed.channels)) return feed.channels;
  if ('messages' in feed) await feed.messages.closeUnused();
  throw badRequest('This stream follows no channels.');
}

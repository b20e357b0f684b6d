import type { ConnectionOptions } from './connection-options';
import { runOf } from './run-log';
import type { CheckedFeed } from './source';

/**
 * Refuses a source of messages where the route says how its clients begin in a channel. Otherwise
 * the option would be ignored.
 *
 * @throws TypeError that names the option.
 */
export function checkBeginning<Request>(
  feed: CheckedFeed,
  { from, initial, join }: Pick<ConnectionOptions<Request>, 'from' | 'initial' | 'join'>,
): void {
  const isRun = 'channels' in feed && runOf(feed.channels) !== undefined;
  // A run is whole from its start, and needs nothing in front of it.
  const option = (initial && 'initial') ?? (isRun ? undefined : ((from && 'from') ?? (join && 'join')));
  if (option === undefined || !(isRun || 'messages' in feed)) return;
  const got = isRun ? 'a run' : 'an iterable of messages';
  throw new TypeError(`source: expected channels, which the option ${option} is about, got ${got}`);
}

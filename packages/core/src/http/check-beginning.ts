import type { ConnectionOptions } from './connection-options';
import type { CheckedFeed } from './source';

/**
 * Refuses a source of messages where the route says how its clients begin in a channel. Otherwise
 * the option would be ignored.
 *
 * @throws TypeError that names the option.
 */
export function checkBeginning<Request>(
  feed: CheckedFeed,
  { from, initial }: Pick<ConnectionOptions<Request>, 'from' | 'initial'>,
): void {
  if (!('messages' in feed)) return;
  const option = initial ? 'initial' : from && 'from';
  if (option === undefined) return;
  throw new TypeError(`source: expected channels, which the option ${option} is about, got an iterable of messages`);
}

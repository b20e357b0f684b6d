import type { ConnectionOptions } from './connection-options';
import { runOf } from './run-log';
import type { CheckedFeed } from './source';
import { stateOf } from './state-feed';

type Beginning<Request> = Pick<ConnectionOptions<Request>, 'from' | 'initial' | 'join'>;

/** The options that a source has no use for, and its name in words. */
function useless(feed: CheckedFeed): readonly [string, readonly (keyof Beginning<unknown>)[]] | undefined {
  if ('messages' in feed) return ['an iterable of messages', ['initial', 'from', 'join']];
  if (!('channels' in feed)) return undefined;
  // A run is whole from its start, and needs nothing in front of it.
  if (runOf(feed.channels)) return ['a run', ['initial']];
  return stateOf(feed.channels) && ['a state', ['initial', 'from', 'join']];
}

/**
 * Refuses a source for which the route says in vain how its clients begin in a channel.
 *
 * @throws TypeError that names the option.
 */
export function checkBeginning<Request>(feed: CheckedFeed, options: Beginning<Request>): void {
  if (!options.from && !options.initial && !options.join) return;
  const [got, names = []] = useless(feed) ?? [];
  const option = names.find((name) => options[name]);
  if (option === undefined) return;
  throw new TypeError(`source: expected channels, which the option ${option} is about, got ${got}`);
}

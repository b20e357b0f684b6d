import { misuse, PushwireError } from '../checks/errors';
import { isMessages, isOneShot, type Messages, oneOffSource } from '../delivery/iterables';
import { type CheckedFeed, checkFeed, isMixed } from './source';

/**
 * Checks a source that is not a function. Too many channels, or none, are then misuse, and so is a
 * generator or a stream, which only the first client would get. A channel and iterables in one
 * list depend on the place of each client.
 */
export function checkFixedFeed(source: unknown): CheckedFeed {
  const wanted = 'a function that makes one for each client';
  if (isMixed(source)) throw misuse('source', wanted, source);
  if (isMessages(source) && isOneShot(source)) {
    throw misuse('source', `${wanted}, since it can be read only once`, source);
  }
  if (Array.isArray(source) && source.length === 0) throw misuse('source', 'at least one channel', source);
  try {
    return checkFeed(source);
  } catch (error) {
    throw error instanceof PushwireError ? new TypeError(`source: ${error.message} See limits.channels.`) : error;
  }
}

/** Each client iterates a fixed iterable anew, and closes only what it has begun. */
export function shareFeed(feed: CheckedFeed, source: unknown): CheckedFeed {
  return 'messages' in feed ? { messages: oneOffSource(source as Messages, true) } : feed;
}

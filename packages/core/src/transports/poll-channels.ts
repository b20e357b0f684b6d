import { PushwireError } from '../checks/errors';
import type { CheckedFeed } from '../http/source';
import type { Channel } from '../hub/channel';

export const notAcceptable = (sentence: string): PushwireError =>
  new PushwireError('not-acceptable', sentence, { status: 406 });

/** @throws PushwireError `not-acceptable` for a source without a log. */
export function channelsOf(feed: CheckedFeed): readonly [Channel, ...Channel[]] {
  if ('channels' in feed) return feed.channels;
  throw notAcceptable('This stream has no history and cannot be polled.');
}

export const namesOf = (channels: readonly Channel[]): string[] => channels.map(({ name }) => name);

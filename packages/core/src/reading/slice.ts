import { ChannelGap } from '../log/channel-gap';
import { formatPosition, type Position } from '../log/cursor';
import type { Entry } from '../log/entry';
import type { Log } from '../log/log';
import { messageOverhead } from '../log/log-tally';
import { channelMessage, type ReadItem } from './channel-message';

/** The next messages of a log after a place in it. */
export interface Slice {
  /** Stands in front of the messages where some before them are lost. */
  readonly gap: ChannelGap | undefined;
  readonly entries: readonly Entry[];
  /** The place after the messages. */
  readonly end: Position;
}

export function emptySlice(end: Position): Slice {
  return { gap: undefined, entries: [], end };
}

/** An empty slice that was read means that the log has nothing more. */
export function isEmpty({ gap, entries }: Slice): boolean {
  return gap === undefined && entries.length === 0;
}

/** Returns the item at an index, of which the gap is the first if there is one. */
export function itemOf({ gap, entries, end }: Slice, index: number): ReadItem | undefined {
  if (gap && index === 0) return gap;
  const entry = entries[gap ? index - 1 : index];
  return entry && channelMessage(end.epoch, entry);
}

/** Reads messages of `maxBytes` bytes in all. Only the last of them may exceed that. */
export function readSlice(log: Log, from: Position, maxBytes: number): Slice {
  const { offset, gap: reason } = log.resume(from);
  const entries: Entry[] = [];
  let entry = log.next(offset);
  for (let bytes = 0; entry && bytes < maxBytes; entry = log.next(entry.offset)) {
    bytes += entry.message.size + messageOverhead;
    entries.push(entry);
  }
  const end = { epoch: log.epoch, offset: entries.at(-1)?.offset ?? offset };
  if (reason === undefined) return { gap: undefined, entries, end };
  const cursor = formatPosition({ epoch: log.epoch, offset });
  const missed = reason === 'evicted' && !log.isState ? { missed: offset - from.offset } : {};
  return { gap: new ChannelGap({ reason, ...missed, cursor }), entries, end };
}

import type { Entry, Followed } from '@pushwire/core/backplanes';
import type { LogNews } from '../protocol/news';

/** The bytes of messages in one part of the news. A socket may be full after each part. */
const partBytes = 64 * 1024;

/** The bytes of an entry beside those of its message, about. */
const entryBytes = 100;

/** How far a copy has come. */
export interface CopyPlace {
  readonly epoch: string;
  readonly offset: number;
  /** The floor of the log when the copy began anew. Absent for one that somebody has brought. */
  readonly begunAt?: number;
}

/** The next part of the news for a copy, and the place of the copy after it. */
export interface LogPart {
  readonly news: LogNews;
  readonly place: CopyPlace;
}

/**
 * Reads what follows the place of a copy. A copy that the log does not continue begins anew.
 *
 * @param target the offset that is the last of these news, which may be of several parts. It counts
 * for a copy that goes on.
 */
export function partAfter(name: string, followed: Followed, place: CopyPlace, target: number, now: number): LogPart {
  const { log, isDeleted = false, isKnown = true } = followed;
  const isBroken = place.offset < log.floor && place.begunAt !== log.floor;
  const begins = place.epoch !== log.epoch || place.offset > log.head || isBroken;
  const last = begins ? log.head : target;
  const entries: Entry[] = [];
  let bytes = 0;
  let head = begins ? (log.isState ? 0 : log.floor) : place.offset;
  let entry = log.next(head);
  for (; entry && entry.offset <= last && bytes < partBytes; entry = log.next(head)) {
    entries.push(entry);
    bytes += entry.message.size + entryBytes;
    head = entry.offset;
  }
  const isWhole = entry === undefined || entry.offset > last;
  if (isWhole) head = last;
  const begunAt = begins ? log.floor : place.begunAt;
  const { outcome } = log;
  return {
    place: { epoch: log.epoch, offset: head, ...(begunAt !== undefined && { begunAt }) },
    news: {
      log: name,
      epoch: log.epoch,
      ...(begins && { begins: log.floor }),
      entries,
      now,
      head,
      floor: log.floorAt(now),
      isWhole,
      isEnded: log.ended && head === log.head,
      isDeleted,
      isKnown,
      ...(outcome && { outcome }),
    },
  };
}

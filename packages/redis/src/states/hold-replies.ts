import type { Position } from '@pushwire/core/backplanes';
import { leaseOf } from './state-replies';

/** The part of the replies that both scripts on presences have. */
interface Told {
  /** True if there is more to sweep. */
  readonly hasMore: boolean;
  readonly position: Position;
  /** False if no process on the server has heard of the changes. */
  readonly isHeard: boolean;
}

interface Held extends Told {
  readonly isNew: boolean;
  /** The call that began the hold. */
  readonly begun: string;
  readonly refused: readonly string[];
  readonly unknown: readonly string[];
  readonly room: number;
  /** The messages of members that were updated. */
  readonly news: readonly string[];
  /** The member to go on with. 0 where no member was looked at. */
  readonly nextLook: number;
}

type HoldReply = [
  ...[isNew: number, begun: string, hasMore: number, epoch: string, head: string, heard: number],
  ...[room: string, refused: unknown[], unknown: unknown[], news: unknown[], nextLook: number],
];

/** Parses a reply of the script `sweepHolds`. */
export function parseSwept(reply: unknown): Told {
  const [hasMore, epoch, head, heard] = reply as [number, epoch: string, head: string, number];
  return {
    hasMore: Number(hasMore) === 1,
    position: { epoch: String(epoch), offset: Number(head) },
    isHeard: Number(heard) > 0,
  };
}

/** Parses a reply of the script `hold`. */
export function parseHeld(reply: unknown): Held {
  const [isNew, begun, hasMore, epoch, head, heard, room, ...lists] = reply as HoldReply;
  const [refused, unknown, news, nextLook] = lists;
  return {
    ...parseSwept([hasMore, epoch, head, heard]),
    isNew: Number(isNew) === 1,
    begun: String(begun),
    room: Number(room),
    refused: refused.map(String),
    unknown: unknown.map(String),
    news: news.map(String),
    nextLook: Number(nextLook),
  };
}

/** Parses a reply of the script `countMembers`. */
export function parseCount(reply: unknown): { readonly count: number; readonly lease?: number } {
  const [now, count, lapse] = reply as [string, string, (string | null)?];
  return { count: Number(count), ...leaseOf(Number(now), lapse) };
}

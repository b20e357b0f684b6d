import type { Cursor, Position, TaggedPosition } from './cursor';
import type { Log } from './log';

/**
 * Where a connection starts, one position for each log. A position that the client claims is passed on as it is, even
 * when its log cannot be read from there: reading on is what finds the gap, and until the client has been told of it,
 * its own cursor is the one that stays true.
 *
 * - no cursor: every log from its head;
 * - `oldest`: every log from what it still keeps;
 * - positions: each log that they name from there, the others from their head. A position without a tag came from a
 *   connection to one channel; when its epoch is none of these logs', it may be any log's former life, so it counts
 *   for all that are not named otherwise.
 */
export function startPositions(cursor: Cursor, logs: readonly Log[], tags: readonly string[]): readonly Position[] {
  if (cursor === 'now') return logs.map((log) => ({ epoch: log.epoch, offset: log.head }));
  if (cursor === 'oldest') return logs.map((log) => ({ epoch: log.epoch, offset: log.floor }));
  const isForeign = ({ tag, epoch }: TaggedPosition) => tag === undefined && logs.every((log) => log.epoch !== epoch);
  const foreign = cursor.find(isForeign);
  return logs.map((log, i): Position => {
    const sameLife = cursor.find(({ tag, epoch }) => epoch === log.epoch && (tag === undefined || tag === tags[i]));
    const claimed = sameLife ?? cursor.find(({ tag }) => tag === tags[i]) ?? foreign;
    return claimed ? { epoch: claimed.epoch, offset: claimed.offset } : { epoch: log.epoch, offset: log.head };
  });
}

/** The logs that a client claims to have read further than they go, or in another life of theirs. */
export function logsBehind(cursor: Cursor, logs: readonly Log[], tags: readonly string[]): readonly Log[] {
  const positions = startPositions(cursor, logs, tags);
  return logs.filter((log, i) => {
    const { epoch, offset } = positions[i] as Position;
    return epoch !== log.epoch || offset > log.head;
  });
}

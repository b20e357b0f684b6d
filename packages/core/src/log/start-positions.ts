import { type Cursor, foreignEpoch, type Position, type TaggedPosition } from './cursor';
import type { Log } from './log';

/**
 * Finds the positions where a connection starts, one for each log:
 *
 * - `now`: the head of each log.
 * - `oldest`: the oldest message that each log keeps.
 * - positions: each log starts at its own position, or at its head if it has none. A position
 *   without a tag comes from a connection to one channel. If no log has its epoch, it may belong to
 *   an earlier life of any of them, so it counts for all logs that have no position of their own.
 *
 * A client's position is returned unchanged, even where its log cannot be read from it. The next
 * read finds the gap, and until the client learns of it, its old cursor stays the true one.
 */
export function startPositions(cursor: Cursor, logs: readonly Log[], tags: readonly string[]): readonly Position[] {
  if (cursor === 'now') return logs.map((log) => ({ epoch: log.epoch, offset: log.head }));
  if (cursor === 'oldest') return logs.map((log) => ({ epoch: log.epoch, offset: log.floor }));
  const isOfNoLog = (position: TaggedPosition) => position.tag === undefined && !logs.some((log) => log.has(position));
  const ofNoLog = cursor.find(isOfNoLog);
  return logs.map((log, i): Position => {
    const isOwn = ({ tag }: TaggedPosition) => tag === undefined || tag === tags[i];
    const sameLife = cursor.find((position) => isOwn(position) && log.has(position));
    const claimed = sameLife ?? cursor.find(({ tag }) => tag === tags[i]) ?? ofNoLog;
    return claimed ? { epoch: claimed.epoch, offset: claimed.offset } : { epoch: log.epoch, offset: log.head };
  });
}

/**
 * Finds the logs that end before the client's position, or that have another epoch. A foreign
 * position is behind no log, since no newer copy of the log would have it either.
 */
export function logsBehind(cursor: Cursor, logs: readonly Log[], tags: readonly string[]): readonly Log[] {
  const positions = startPositions(cursor, logs, tags);
  return logs.filter((log, i) => {
    const { epoch, offset } = positions[i] as Position;
    return epoch === log.epoch ? offset > log.head : epoch !== foreignEpoch;
  });
}

import { haveSameKey } from './channel-tags';
import { type Cursor, foreign, foreignEpoch, type Offset, type Position, type TaggedPosition } from './cursor';
import type { Log } from './log';
import { type Origin, startOffset } from './start';

/**
 * Finds the positions where a connection starts, one for each log: its own position, or `start` for
 * a log that the cursor does not name.
 *
 * A client's position is returned unchanged, even where its log cannot be read from it. The next
 * read finds the gap, and until the client learns of it, its old cursor stays the true one.
 */
export function startPositions(
  cursor: Cursor,
  logs: readonly Log[],
  tags: readonly string[],
  start: Origin = 'now',
): readonly Position[] {
  if (isStart(cursor)) return logs.map((log) => startOf(log, cursor));
  const claims = claimedPositions(cursor, logs, tags);
  return logs.map((log, i) => claims[i] ?? startOf(log, start));
}

const startOf = (log: Log, place: Origin | Offset): Position => ({ epoch: log.epoch, offset: offsetIn(log, place) });

const offsetIn = (log: Log, place: Origin | Offset): number =>
  typeof place === 'object' && 'after' in place ? place.after : startOffset(log, place);

/**
 * Finds the positions that a cursor has for each log, and `undefined` for a log that it does not
 * name. A position without a tag comes from a connection to one channel. If no log has its epoch,
 * it may belong to an earlier life of any of them, so it counts for all logs that have no position
 * of their own. A tag that was made with another secret names no channel, so its position belongs
 * to the log with its epoch, or else it is foreign.
 */
export function claimedPositions(
  cursor: Cursor,
  logs: readonly Log[],
  tags: readonly string[],
): readonly (Position | undefined)[] {
  if (isStart(cursor)) return logs.map(() => undefined);
  const positions = cursor.map((position) => withReadableTag(position, logs, tags));
  const isOfNoLog = (position: TaggedPosition) => position.tag === undefined && !logs.some((log) => log.has(position));
  const ofNoLog = positions.find(isOfNoLog);
  return logs.map((log, i): Position | undefined => {
    const isOwn = ({ tag }: TaggedPosition) => tag === undefined || tag === tags[i];
    const sameLife = positions.find((position) => isOwn(position) && log.has(position));
    const claimed = sameLife ?? positions.find(({ tag }) => tag === tags[i]) ?? ofNoLog;
    return claimed && { epoch: claimed.epoch, offset: claimed.offset };
  });
}

const isStart = (cursor: Cursor): cursor is Origin | Offset => !Array.isArray(cursor);

function withReadableTag(
  position: TaggedPosition,
  logs: readonly Log[],
  [ownTag = '']: readonly string[],
): TaggedPosition {
  const { tag, epoch, offset } = position;
  if (tag === undefined || haveSameKey(tag, ownTag)) return position;
  // Several logs without messages may have the same epoch.
  return offset > 0 && logs.some((log) => log.epoch === epoch) ? { epoch, offset } : foreign;
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

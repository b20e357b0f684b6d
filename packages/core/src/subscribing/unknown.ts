import type { Group } from '../delivery/group';
import { emptyBatch, type Gap } from '../log/batch';
import { type Cursor, formatTagged, isWithoutPlace, type Position, startCursor } from '../log/cursor';
import { claimedPositions } from '../log/start-positions';

/** The state that a client does not know when it connects. */
export interface Unknown {
  /** The indexes of the logs whose state it does not know. */
  readonly logs: readonly number[];
  /** The cursor that it keeps until it has the snapshot. */
  readonly kept: string;
  /** The gap after its position in some of them. */
  readonly gap: Gap | undefined;
}

/**
 * Finds what a client does not know: the logs that its cursor does not name, and those that cannot
 * be read from it. A client that asks for all that is kept (`0`) knows what it has asked for.
 *
 * @param from the cursor as the client sent it.
 * @returns `undefined` if it knows all.
 */
export function findUnknown(group: Group, cursor: Cursor, from: string | undefined): Unknown | undefined {
  const { logs, tags } = group;
  if (!Array.isArray(cursor)) {
    // A state has no oldest message: a client without a place in it knows nothing.
    const isUnknown = isWithoutPlace(from) || logs.some(({ isState }) => isState);
    return isUnknown ? { logs: [...logs.keys()], kept: startCursor, gap: undefined } : undefined;
  }
  const claims = claimedPositions(cursor, logs, tags);
  const unknown = logs.flatMap((log, i) => {
    const claim = claims[i];
    return claim === undefined || log.resume(claim).gap !== undefined ? [i] : [];
  });
  if (unknown.length === 0) return undefined;
  const known = logs.map((log, i): Position => claims[i] ?? { epoch: log.epoch, offset: log.head });
  const { gap } = group.read(known, emptyBatch);
  return { logs: unknown, kept: formatTagged(cursor), gap };
}

import type { Group } from '../delivery/group';
import type { ForeignClients } from '../encoders/encoder';
import { emptyBatch } from '../log/batch';
import type { Cursor, Position } from '../log/cursor';
import { completed } from '../log/outcome';

/**
 * Finds why a client that speaks a protocol of its own gets no stream: it is `finished`, or what it
 * asks for is `lost` and it could not be told so in a stream.
 */
export function findForeignEnd(
  { whenFinished, replaysEnded, tellsGaps, lastWords }: ForeignClients,
  group: Group,
  cursor: Cursor,
  positions: readonly Position[],
): 'finished' | 'lost' | undefined {
  const [log] = group.logs;
  if (!replaysEnded && log?.ended && !hasPlace(cursor)) return 'finished';
  const { gap, more } = group.read(positions, emptyBatch);
  if (gap !== undefined) return tellsGaps ? undefined : 'lost';
  if (more || !log?.ended) return undefined;
  const outcome = log.outcome ?? completed;
  if (outcome.outcome === 'completed' && whenFinished === 'no-content') return 'finished';
  return lastWords(outcome, log.head) === undefined ? 'lost' : undefined;
}

const hasPlace = (cursor: Cursor): boolean => typeof cursor === 'object' && !('last' in cursor);

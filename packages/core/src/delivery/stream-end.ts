import type { Chunk } from '../encoders/chunk';
import type { Encoder } from '../encoders/encoder';
import { formatCursor, type Position, withEnd } from '../log/cursor';
import { outcomeAt } from '../log/heads';
import type { Group } from './group';

/**
 * Encodes the end for a client at these positions. One that has everything of a run is told how it
 * has ended, and its cursor then says that it was told.
 */
export function encodeEnd(encoder: Encoder, { end, logs, tags }: Group, positions: readonly Position[]): Chunk {
  const cursor = formatCursor(positions, tags);
  // The live members have the very positions of their last batch.
  const outcome = end?.positions === positions ? end.outcome : outcomeAt(logs, positions);
  return encoder.end(outcome ? withEnd(cursor) : cursor, outcome);
}

import type { Chunk } from '../encoders/chunk';
import type { Encoder } from '../encoders/encoder';
import { formatCursor, type Position, withEnd } from '../log/cursor';
import { outcomeAt } from '../log/heads';
import type { Outcome } from '../log/outcome';
import type { Group } from './group';

/**
 * Encodes the end for a client at these positions. One that has everything of a run is told how it
 * has ended, and its cursor then says that it was told.
 */
export function encodeEnd(encoder: Encoder, group: Group, positions: readonly Position[]): Chunk {
  const cursor = formatCursor(positions, group.tags);
  const outcome = outcomeFor(group, positions);
  return encoder.end(outcome ? withEnd(cursor) : cursor, outcome);
}

/** How a run has ended, for a client that has everything of it. `undefined` for others. */
export function outcomeFor({ end, logs }: Group, positions: readonly Position[]): Outcome | undefined {
  // The live members have the very positions of their last batch.
  return end?.positions === positions ? end.outcome : outcomeAt(logs, positions);
}

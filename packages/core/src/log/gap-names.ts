import type { Batch } from './batch';
import type { Position } from './cursor';
import type { Log } from './log';

/** Adds to a gap the names of the channels that have lost messages. */
export function withNames(
  batch: Batch,
  logs: readonly Log[],
  names: readonly string[],
  from: readonly Position[],
): Batch {
  if (batch.gap === undefined) return batch;
  const channels = logsWithGaps(logs, from).map((i) => names[i] as string);
  return { ...batch, gap: { ...batch.gap, channels } };
}

/** The indexes of the logs that cannot be read from these positions. */
export function logsWithGaps(logs: readonly Log[], from: readonly Position[]): readonly number[] {
  return logs.flatMap((log, i) => (log.resume(from[i] as Position).gap === undefined ? [] : [i]));
}

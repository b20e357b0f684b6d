import type { Batch } from './batch';
import type { Position } from './cursor';
import type { Log } from './log';
import type { Outcome } from './outcome';

/** The positions of the newest messages. */
export function headsOf(logs: readonly Log[]): readonly Position[] {
  return logs.map(({ epoch, head }) => ({ epoch, offset: head }));
}

/**
 * True if one of the logs has its head elsewhere, or if all have ended. Each poll asks, so this
 * makes no list of the logs.
 */
export function haveMoved(followed: readonly { readonly log: Log }[], heads: readonly Position[]): boolean {
  let isOver = true;
  for (let i = 0; i < followed.length; i++) {
    const { epoch, head, ended } = (followed[i] as { readonly log: Log }).log;
    const position = heads[i] as Position;
    if (position.offset !== head || position.epoch !== epoch) return true;
    isOver &&= ended;
  }
  return isOver;
}

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

/** How a run has ended, for a reader that has all of it. `undefined` for channels. */
export function outcomeAt([log]: readonly Log[], [position]: readonly Position[]): Outcome | undefined {
  return log?.epoch === position?.epoch && log?.head === position?.offset ? log?.outcome : undefined;
}

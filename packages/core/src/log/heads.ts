import type { Position } from './cursor';
import type { Log } from './log';
import type { Outcome } from './outcome';

/** The positions of the newest messages. */
export function headsOf(logs: readonly Log[]): readonly Position[] {
  return logs.map(({ epoch, head }) => ({ epoch, offset: head }));
}

/** True if one of the logs has its head elsewhere, or if all have ended. Each poll asks. */
export function haveMoved(logs: readonly Log[], heads: readonly Position[]): boolean {
  let isOver = true;
  for (let i = 0; i < logs.length; i++) {
    const { epoch, head, ended } = logs[i] as Log;
    const position = heads[i] as Position;
    if (position.offset !== head || position.epoch !== epoch) return true;
    isOver &&= ended;
  }
  return isOver;
}

/** True if nothing will be added to any of the logs. */
export function haveEnded(logs: readonly Log[]): boolean {
  return logs.every(hasEnded);
}

const hasEnded = (log: Log): boolean => log.ended;

/** How a run has ended, for a reader that has all of it. `undefined` for channels. */
export function outcomeAt([log]: readonly Log[], [position]: readonly Position[]): Outcome | undefined {
  return log?.epoch === position?.epoch && log?.head === position?.offset ? log?.outcome : undefined;
}

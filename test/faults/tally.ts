import { type Direction, type FaultKind, faultKinds } from '../kit/fault-plan';

/** The numbers of what happened in some trials. */
export interface Tally {
  readonly faults: Record<Direction, Record<FaultKind, number>>;
  connections: number;
  messages: number;
  gaps: number;
  /** Gaps in the middle of a stream. */
  gapsInStream: number;
  /** Clients that were closed because the log had moved past them. */
  overruns: number;
}

const none = (): Record<FaultKind, number> => ({ cut: 0, reset: 0, delay: 0, trickle: 0 });

export function emptyTally(): Tally {
  return {
    faults: { up: none(), down: none() },
    connections: 0,
    messages: 0,
    gaps: 0,
    gapsInStream: 0,
    overruns: 0,
  };
}

export function addTally(sum: Tally, more: Tally): void {
  for (const direction of ['up', 'down'] as const) addFaults(sum.faults[direction], more.faults[direction]);
  sum.connections += more.connections;
  sum.messages += more.messages;
  sum.gaps += more.gaps;
  sum.gapsInStream += more.gapsInStream;
  sum.overruns += more.overruns;
}

export function addFaults(sum: Record<FaultKind, number>, more: Record<FaultKind, number>): void {
  for (const kind of faultKinds) sum[kind] += more[kind];
}

import { isUnreachable } from '../checks/errors';
import { Channel } from '../hub/channel';
import type { Engine } from '../hub/engine';
import { engineOfRun, type Run } from '../hub/run';
import { type Cursor, formatTagged, wasToldOfEnd, withEnd } from '../log/cursor';
import { runLogName } from '../log/log-name';
import type { Origin, Start } from '../log/start';

/** The log of a run, which is served as that of a channel. No app gets it: a run has one writer. */
export class RunLog extends Channel {
  constructor(readonly run: Run) {
    super(engineOfRun(run), runLogName(run.id));
  }
}

/** The run that is served, if it is one. A run is served alone. */
export function runOf(channels: readonly Channel[]): Run | undefined {
  const channel = channels[0];
  return channel instanceof RunLog ? channel.run : undefined;
}

/** The place where clients without a cursor begin. In a run, it is the very start. */
export function originOf(channels: readonly Channel[], from: Start | undefined): Origin {
  return from ?? (runOf(channels) ? 'beginning' : 'now');
}

/** True for a run of which the backplane has nothing. One that cannot be reached does not know. */
export async function isUnknown(channels: readonly Channel[], { groups }: Engine): Promise<boolean> {
  const run = runOf(channels);
  if (run === undefined) return false;
  try {
    return (await groups.read(runLogName(run.id), 'beginning', ({ isUnknownRun }) => isUnknownRun)) === true;
  } catch (error) {
    if (isUnreachable(error)) return false;
    throw error;
  }
}

/** True for a client that has a part of its run, which it must not take for the whole. */
export function hasPart(cursor: Cursor): boolean {
  if (typeof cursor !== 'object') return false;
  return 'after' in cursor ? cursor.after > 0 : !('last' in cursor);
}

/** The cursor of the end for a client that has a part of an unknown run, if it gave positions. */
export function lostPlaceOf(cursor: Cursor): string | undefined {
  return Array.isArray(cursor) ? withEnd(formatTagged(cursor)) : undefined;
}

/** True for a client that was told how its run has ended. It is told of no other run either. */
export function isDone(channels: readonly Channel[], cursor: string | undefined): boolean {
  return wasToldOfEnd(cursor) && runOf(channels) !== undefined;
}

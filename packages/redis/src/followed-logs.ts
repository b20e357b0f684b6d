import { isPresenceLog, isRunLog, isStateLog } from '@pushwire/core/backplanes';
import type { ReadFrom } from './channels/fresh-page';
import type { LogPage } from './channels/log-page';
import { channelShape, type LogShape, runShape, stateShape } from './channels/log-shape';
import type { RedisLogs } from './channels/redis-logs';
import type { RedisRuns } from './runs/redis-runs';
import type { RedisStates } from './states/redis-states';

/** How a log in Redis is followed, which depends on what it is the log of. */
export interface FollowedLog {
  readonly shape: LogShape;
  /** True for a presence, whose first member begins a lease. */
  readonly hasLeases?: boolean;
  read(from: ReadFrom | undefined): Promise<LogPage>;
  /** Settles when Redis has written something for the log. */
  confirm(): Promise<void>;
  /** Begins a new life, because Redis has used an offset of this epoch twice. */
  beginNewLife(epoch: string): Promise<void>;
}

interface Stores {
  readonly logs: RedisLogs;
  readonly runs: RedisRuns;
  readonly states: RedisStates;
}

export function followedLog(name: string, { logs, runs, states }: Stores): FollowedLog {
  if (isRunLog(name)) {
    return {
      shape: runShape,
      read: (from) => runs.read(name, from),
      // A reader of a run that is behind reads again from its beginning, and is told so.
      confirm: async () => {},
      beginNewLife: (epoch) => runs.lose(name, epoch),
    };
  }
  if (isStateLog(name)) {
    return {
      shape: stateShape(states.limitsOf(name)),
      hasLeases: isPresenceLog(name),
      read: (from) => states.readPage(name, from),
      confirm: () => states.keep(name),
      beginNewLife: (epoch) => states.keep(name, { epoch, head: Number.MAX_SAFE_INTEGER }),
    };
  }
  return {
    shape: channelShape(logs.limitsOf(name)),
    read: (from) => logs.read(name, from),
    confirm: () => logs.confirm(name),
    beginNewLife: (epoch) => logs.beginNewLife(name, epoch),
  };
}

import {
  checkPresenceLimits,
  defaultPresenceLimits,
  type PresenceLimits,
  processesLimits,
  stateLimitsFor,
} from '../backplanes/presence-limits';
import { checkStateLimits, defaultStateLimits, type StateLimits } from '../backplanes/state-limits';
import { checkLogLimits, clientLogLimits, defaultLogLimits, type LogLimits, runLogLimits } from '../log/log-limits';
import { isClientLog, isPresenceLog, isRunLog, presenceNameOf, processesLog, stateNameOf } from '../log/log-name';
import { LimitsByName, type LimitsOption, limitsOption, remembering } from './limits-by-name';

/** The options of a hub that may differ by the names of channels, states and presences. */
interface NamedOptions {
  readonly log?: LimitsOption<LogLimits> | undefined;
  readonly state?: LimitsOption<StateLimits> | undefined;
  readonly presence?: LimitsOption<PresenceLimits> | undefined;
}

/** The limits of logs, by their names. */
export interface NamedLimits {
  limitsOf(channel: string): LogLimits;
  stateLimitsOf(log: string): StateLimits;
  presenceLimitsOf(log: string): PresenceLimits;
}

export const namedChecks = {
  log: limitsOption(checkLogLimits),
  state: limitsOption(checkStateLimits),
  presence: limitsOption(checkPresenceLimits),
};

/** Reads options that have passed their checks. */
export function namedLimits({ log, state, presence }: NamedOptions): NamedLimits {
  const logs = new LimitsByName<LogLimits>(log, defaultLogLimits, checkLogLimits);
  const states = new LimitsByName(state, defaultStateLimits, checkStateLimits);
  const presences = new LimitsByName(presence, defaultPresenceLimits, checkPresenceLimits);
  const presenceLimitsOf = remembering((name) =>
    name === processesLog ? processesLimits : presences.of(presenceNameOf(name)),
  );
  const stateLimitsOf = remembering((name) =>
    isPresenceLog(name) ? stateLimitsFor(presenceLimitsOf(name)) : states.of(stateNameOf(name)),
  );
  return {
    limitsOf(name) {
      if (isRunLog(name)) return runLogLimits;
      return isClientLog(name) ? clientLogLimits : logs.of(name);
    },
    stateLimitsOf,
    presenceLimitsOf,
  };
}

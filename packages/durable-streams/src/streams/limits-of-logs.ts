import { defaultStateLimits, type LogLimits } from '@pushwire/core/backplanes';
import { censusLimits, censusLog } from './census';

/** The log of a stream keeps everything. */
const unlimited: LogLimits = {
  count: Number.POSITIVE_INFINITY,
  bytes: Number.POSITIVE_INFINITY,
  age: Number.POSITIVE_INFINITY,
};

/** The limits that the backplane asks for by the names of logs. */
export const limitsOfLogs = {
  limitsOf: (name: string) => (name === censusLog ? censusLimits : unlimited),
  // No stream is a state.
  stateLimitsOf: () => defaultStateLimits,
};

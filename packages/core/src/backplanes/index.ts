// The entry `@pushwire/core/backplanes`: the parts for a backplane of your own.

export {
  aBoolean,
  anObjectWith,
  type Check,
  checkOptions,
  integer,
  milliseconds,
  withoutUndefined,
} from '../checks/check-options';
export { misuse, PushwireError } from '../checks/errors';
export type { Position } from '../log/cursor';
export type { Entry } from '../log/entry';
export { Log } from '../log/log';
export type { LogLimits } from '../log/log-limits';
export { isPresenceLog, isRunLog, isStateLog } from '../log/log-name';
export type { LogTally } from '../log/log-tally';
export type { Message } from '../log/message';
export type { Outcome, RunOutcome } from '../log/outcome';
export { type DeletionLimits, StateLog } from '../log/state-log';
export { type Clock, systemClock } from '../time/clock';
export { type Timed, TimerWheel } from '../time/timer-wheel';
export { backOff, longestBackOff } from './back-off';
export type { Backplane, BackplaneFactory, BackplaneHealth, BackplaneHost, Followed } from './backplane';
export { KeyMemory, keyLimitsOf } from './key-memory';
export type { LogStoreLimits } from './log-store';
export type { LogWrite, LogWritten } from './log-write';
export { type CalledServer, type PendingCallLimits, PendingCalls } from './pending-calls';
export {
  countKey,
  type PresenceHeld,
  type PresenceHold,
  type PresenceJoin,
  type PresenceStore,
} from './presence-store';
export { Reachability } from './reachability';
export { type ConnectionEvents, type Reconnectable, Reconnecting, type ReconnectingHost } from './reconnecting';
export type { RunClaim, RunClaimed, RunRecord, RunStop, RunStopped, RunStore, RunWrite, RunWritten } from './run-store';
export { stopMemory } from './run-store';
export { defaultStateLimits, type StateLimits } from './state-limits';
export type { StateStore, StateValues, StateWrite, StateWritten } from './state-store';

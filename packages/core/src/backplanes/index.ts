// What a backplane is made of: for those who write one.
export type { Backplane, BackplaneFactory, BackplaneHost, Followed } from './backplane';
export type { Clock } from '../time/clock';
export type { Position } from '../log/cursor';
export { misuse, PushwireError } from '../checks/errors';
export { type Entry, Log, type LogLimits } from '../log/log';
export type { Message } from '../log/message';
export { aBoolean, amount, anObjectWith, checkOptions, given, milliseconds } from '../checks/check-options';
export { type Visited, Wheel } from '../time/timer-wheel';

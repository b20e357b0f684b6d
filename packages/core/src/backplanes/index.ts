// What a backplane is made of: for those who write one.
export type { Backplane, BackplaneFactory, BackplaneHost, Followed } from '../backplane';
export type { Clock } from '../clock';
export type { Position } from '../cursor';
export { misuse, PushwireError } from '../errors';
export { type Entry, Log, type LogLimits } from '../log';
export type { Message } from '../message';
export { aBoolean, amount, anObjectWith, checkOptions, given, milliseconds } from '../options';
export { type Visited, Wheel } from '../wheel';

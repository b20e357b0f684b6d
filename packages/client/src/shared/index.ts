export { connectShared, type SharedOptions } from './connect-shared.js';
export type { Locks } from './election.js';
export type { BroadcastChannelClass } from './membership.js';

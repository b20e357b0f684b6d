import type { Clock } from '../time/clock';
import type { CatchUpCache } from './catch-up-cache';
import type { ConnectionNames } from './left-out';
import type { Observer } from './observer';
import type { PartBytes } from './part-bytes';

/** The parts of a hub that a group uses. */
export interface GroupHost {
  readonly clock: Clock;
  readonly observer: Observer;
  readonly catchUpCache: CatchUpCache;
  readonly partBytes: PartBytes;
  readonly connections: ConnectionNames;
}

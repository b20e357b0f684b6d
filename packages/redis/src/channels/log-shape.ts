import { type DeletionLimits, Log, type LogLimits, StateLog } from '@pushwire/core/backplanes';

/** The differences between the copies of channels, runs and states. */
export interface LogShape {
  readonly kind: 'channel' | 'run' | 'state';
  /**
   * Makes an empty log.
   *
   * @param after the offset before the messages that the copy will have. In a state, values before
   * it are kept too, but deletions are not.
   */
  create(epoch: string, after: number, isBeginning: (epoch: string) => boolean): Log;
}

/** A run keeps all of its messages. Its own limits end it. */
const everything = { count: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY, age: Number.POSITIVE_INFINITY };

export const channelShape = (limits: LogLimits): LogShape => ({
  kind: 'channel',
  create: (epoch, after, isBeginning) => new Log(epoch, limits, after, isBeginning),
});

export const runShape: LogShape = { ...channelShape(everything), kind: 'run' };

export const stateShape = (limits: DeletionLimits): LogShape => ({
  kind: 'state',
  create: (epoch, after, isBeginning) => new StateLog(epoch, limits, isBeginning, undefined, after),
});

/**
 * Leaves out messages of a state, in whose places others have come.
 *
 * @param offset that of the last message to leave out.
 * @returns false for a log that may have no hole.
 */
export function leaveOut(log: Log, offset: number): boolean {
  if (!(log instanceof StateLog)) return false;
  log.skipTo(offset);
  return true;
}

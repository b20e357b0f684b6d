import type { Log } from '@pushwire/core/backplanes';
import type { LogShape } from './log-shape';
import { covers, type QuietTime, timeOf } from './quiet-time';

/**
 * Makes a log. The epochs of the quiet time before it name its beginning too.
 *
 * @param quietNow returns the quiet time. It lasts while Redis has no log.
 */
export function startLog(epoch: string, shape: LogShape, offset: number, quietNow: () => QuietTime | undefined): Log {
  const [quiet, exists] = [quietNow(), timeOf(epoch) === undefined];
  const isBeginning = (other: string) => {
    const time = exists ? quiet : quietNow();
    return time !== undefined && covers(time, other, exists);
  };
  return shape.create(epoch, offset, isBeginning);
}

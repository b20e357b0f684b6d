import { runState } from './run-state';
import { script } from './script';

/**
 * Returns the record of the newest run of a log, or nothing. A run that has lost its producer or
 * messages ends before.
 *
 * Arguments after the common ones: a reader's epoch and offset, or an empty epoch and 0. A reader
 * whose offset is beyond the head proves that the server has lost messages.
 */
export const runRecord = script(`${runState}
if epoch and not outcome and ARGV[7] == epoch and tonumber(ARGV[8]) > head then finish(lost, time) end
return epoch and record()
`);

import { expireTrace } from './delete';
import { script } from './script';
import { dropOldest, readState, renewState } from './state';

/**
 * Keeps a log alive that has followers, and deletes what has become too old. It makes no new log,
 * but fails where Redis refuses to write, also when there is none.
 *
 * Arguments after the common ones: a reader's epoch and offset, and the number of entries, bytes
 * and milliseconds to keep. A reader whose offset is beyond the head proves that the server has
 * lost messages, so the log begins a new life.
 */
export const keep = script(`${readState}
if not epoch then return redis.call('DEL', log) end
${renewState}
local mostEntries, mostBytes, age = tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11])
${dropOldest}
if ARGV[7] == epoch and tonumber(ARGV[8]) > head then beginLife() end
dropOldest(now())
keepLog()
${expireTrace}
return 1
`);

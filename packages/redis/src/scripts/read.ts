import { script } from './script';
import { leastMemory, readState } from './state';

/** The most messages that one read returns. */
export const pageSize = 500;

/**
 * Reads a page of a log, and stores how many connections the reading process has.
 *
 * Arguments after the common ones: the reader's epoch and offset (empty and 0 when it has none),
 * the number of entries to keep, the process, its connections, and for how many milliseconds that
 * count is valid.
 *
 * A reader whose offset is beyond the head proves that the server has lost messages, so the log
 * begins a new life. A log without messages is not kept forever, because clients choose the names
 * of channels.
 *
 * Returns the epoch, the head, 1 if the log has ended, the time, the offset before the page, and
 * the entries of the page.
 */
export const read = script(`${readState}
local at, mostEntries, ttl = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[10])
if ARGV[5] == epoch and at > head then
  beginLife()
  at = 0
elseif ARGV[5] ~= epoch then at = 0 end
if memory > 0 or head > 0 or ended then keepState() else redis.call('PEXPIRE', state, ${leastMemory}) end
local time = now()
redis.call('HSET', presence, ARGV[8], ARGV[9] .. ' ' .. digits(time + ttl))
redis.call('PEXPIRE', presence, ttl)
at = math.max(at, head - mostEntries, 0)
local page = {}
if at < head then page = redis.call('XRANGE', entries, '(' .. digits(at), '+', 'COUNT', ${pageSize}) end
return { epoch, digits(head), ended and 1 or 0, digits(time), digits(at), page }
`);

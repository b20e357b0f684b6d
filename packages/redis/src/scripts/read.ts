import { script } from './script';
import { leastMemory, readState } from './state';

/** Messages that one read gives at the most. */
export const pageSize = 500;

/**
 * Reads on in a log, and says that somebody follows it here.
 *
 * Arguments after the common ones: the epoch and the offset that the reader is at (empty and 0 where it is nowhere), the most entries
 * that are kept, the reader's name, its connections, and for how many milliseconds that is to be believed. A reader that has seen more than there is proves that the
 * server has forgotten something: a new life begins.
 *
 * A log that nothing was ever published to is not kept for ever, since whoever asks may name any.
 *
 * Gives the epoch, the head, whether it is finished, the time, where the page begins, and its entries.
 */
export const read = script(`${readState}
local at, mostEntries, ttl = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[10])
if ARGV[5] == epoch and at > head then
  beginLife()
  at = 0
elseif ARGV[5] ~= epoch then at = 0 end
if memory > 0 or head > 0 or ended then remember() else redis.call('PEXPIRE', state, ${leastMemory}) end
local time = now()
redis.call('HSET', presence, ARGV[8], ARGV[9] .. ' ' .. digits(time + ttl))
redis.call('PEXPIRE', presence, ttl)
at = math.max(at, head - mostEntries, 0)
local page = {}
if at < head then page = redis.call('XRANGE', entries, '(' .. digits(at), '+', 'COUNT', ${pageSize}) end
return { epoch, digits(head), ended and 1 or 0, digits(time), digits(at), page }
`);

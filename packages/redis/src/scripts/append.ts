import { script } from './script';
import { readState, slack } from './state';

/**
 * Finds the offset after which everything is within the limits, and deletes what is before it. Each
 * entry holds the number of bytes that the log had before it, so a binary search finds the offset
 * without reading everything that is deleted.
 */
const dropOldest = `
local low, high, bytes = math.max(floor, head - mostEntries), head, total
local middle = low
while low < high do
  local oldest = redis.call('XRANGE', entries, '(' .. digits(middle), '+', 'COUNT', 1)[1][2]
  local since, before = tonumber(oldest[4]), tonumber(oldest[6])
  if total - before > mostBytes or time - since >= age then low = middle + 1 else high, bytes = middle, before end
  middle = math.floor((low + high) / 2)
end
if low > floor then
  redis.call('XTRIM', entries, 'MINID', digits(low + 1))
  redis.call('HSET', state, 'floor', digits(low), 'dropped', digits(bytes))
end
`;

/**
 * Gives a message the next offset, keeps it and publishes it, in one step. Old messages are deleted
 * when the log is an eighth over its limits, so that few appends have to search for them.
 *
 * Arguments after the common ones: the message, and the number of entries, bytes and milliseconds
 * to keep (`inf` for no limit).
 *
 * Returns the epoch and the offset, or nothing when the log has ended.
 */
export const append = script(`${readState}
if ended then keepState() return false end
local message, mostEntries, mostBytes, age = ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
head = head + 1
local offset = digits(head)

if mostEntries > 0 and mostBytes > 0 and age > 0 then
  local time = now()
  redis.call('XADD', entries, offset, 'm', message, 't', digits(time), 'b', digits(total))
  total = total + #message
  redis.call('HSET', state, 'head', offset, 'total', digits(total))
  local isOver = head - floor > mostEntries * 1.125 or total - dropped > mostBytes * 1.125
  if isOver or (age < math.huge and head % 64 == 0) then
    ${dropOldest}
  end
  if age == math.huge then
    redis.call('PERSIST', entries)
    keepState()
  elseif time >= due then
    redis.call('PEXPIRE', entries, digits(age * ${slack}))
    redis.call('HSET', state, 'due', digits(time + age * ${slack - 1}))
    keepState()
  end
else
  redis.call('HSET', state, 'head', offset)
  keepState()
end
publish(message)
return { epoch, offset }
`);

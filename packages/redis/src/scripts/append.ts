import { script } from './script';
import { readState, slack } from './state';

/**
 * Finds the place behind which all is within the limits, and drops what is before it. Each entry says how many bytes were kept
 * before it since the life began, so that a few must be looked at, and not all that go.
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
 * Gives a message the next offset, keeps it and announces it, in one step. What is over the log's limits goes when it is an eighth too
 * much, so that not every append must look.
 *
 * Arguments after the common ones: the message, the most entries, the most bytes and the most milliseconds that are kept (`inf` for
 * any). Gives the epoch and the offset, or nothing where the log is finished.
 */
export const append = script(`${readState}
if ended then remember() return false end
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
    remember()
  elseif time >= due then
    redis.call('PEXPIRE', entries, digits(age * ${slack}))
    redis.call('HSET', state, 'due', digits(time + age * ${slack - 1}))
    remember()
  end
else
  redis.call('HSET', state, 'head', offset)
  remember()
end
tell(message)
return { epoch, offset }
`);

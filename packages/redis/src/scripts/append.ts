import { script } from './script';
import { dropOldest, leastMemory, readState, renewState, slack } from './state';

/**
 * Gives a message the next offset, keeps it and publishes it, in one step. Old messages are deleted
 * when the log is an eighth over its limits, so that few appends have to search for them.
 *
 * Arguments after the common ones: the message, the number of entries, bytes and milliseconds to
 * keep, and the milliseconds for which the message keeps a log that is kept forever otherwise
 * (`inf` for no limit). The field `expires` has the time when that is over for all messages.
 *
 * Returns the epoch, the offset, and the number of processes on this server that have heard of it;
 * or nothing when the log has ended.
 */
export const append = script(`${readState}${renewState}
if not epoch then beginLife() end
if ended then keepLog() return false end
local message, mostEntries, mostBytes, age = ARGV[7], tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
local keepFor = tonumber(ARGV[11])
${dropOldest}
if keepFor == math.huge and expires > 0 then
  expires = 0
  redis.call('HDEL', log, 'expires')
elseif keepFor < math.huge and (expires > 0 or head == 0) then
  expires = math.max(expires, now() + keepFor, now() + ${leastMemory})
  redis.call('HSET', log, 'expires', digits(expires))
end
head = head + 1
local offset = digits(head)

if mostEntries > 0 and mostBytes > 0 and age > 0 then
  local time = now()
  local before = digits(total)
  total = total + #message
  local entry = digits(time) .. ' ' .. before .. ' ' .. message
  redis.call('HSET', log, 'head', offset, 'total', digits(total), offset, entry)
  local isOver = head - floor > mostEntries * 1.125 or total - dropped > mostBytes * 1.125
  if isOver or (age < math.huge and head % 64 == 0) then dropOldest(time) end
  if age == math.huge then keepLog()
  elseif time >= due then
    redis.call('HSET', log, 'due', digits(time + memory * ${slack - 1}))
    keepLog()
  end
else
  redis.call('HSET', log, 'head', offset, 'floor', offset)
  keepLog()
end
return { epoch, offset, publish(first .. message) }
`);

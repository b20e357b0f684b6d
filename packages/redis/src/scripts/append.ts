import { script } from './script';
import { readState } from './state';

/** Entries that are looked at together when too much is kept, and how often one append does so. */
const few = 16;
const often = 16;

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

local function dropOldest(time)
  local before = floor
  for _ = 1, ${often} do
    local page = redis.call('XRANGE', entries, floor > 0 and '(' .. digits(floor) or '-', '+', 'COUNT', ${few})
    if #page == 0 then floor, bytes = head, 0 end
    for _, entry in ipairs(page) do
      local offset, size = tonumber(string.match(entry[1], '^%d+')), #entry[2][2]
      if offset > head - mostEntries and bytes <= mostBytes and time - tonumber(entry[2][4]) < age then
        page = {}
        break
      end
      floor, bytes = offset, bytes - size
    end
    if #page < ${few} then break end
  end
  if floor > before then redis.call('XTRIM', entries, 'MINID', digits(floor + 1)) end
end

if mostEntries > 0 and mostBytes > 0 and age > 0 then
  local time = now()
  redis.call('XADD', entries, digits(head), 'm', message, 't', digits(time))
  bytes = bytes + #message
  local isOver = head - floor > mostEntries * 1.125 or bytes > mostBytes * 1.125
  if isOver or (age < math.huge and head % 64 == 0) then dropOldest(time) end
  if age < math.huge then redis.call('PEXPIRE', entries, digits(age)) else redis.call('PERSIST', entries) end
end
redis.call('HSET', state, 'head', digits(head), 'floor', digits(floor), 'bytes', digits(bytes))
remember()
tell(message)
return { epoch, digits(head) }
`);

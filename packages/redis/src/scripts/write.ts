import { script } from './script';
import { dropOldest, leastMemory, readState, renewState } from './state';

/** The most idempotency keys that one write forgets, so that it takes a bounded time. */
const mostForgotten = 1000;

/**
 * Appends messages, ends the log, or both, in one step. A key that the log remembers makes it do
 * nothing. It is a script of its own, so that a plain publish has nothing to do with keys.
 *
 * A key is in the field `key <key>`, with the time and the place of its write. The fields `nth <n>`
 * have the keys in the order of their writes. `keys` and `forgotten` count them.
 *
 * Arguments after the common ones: the key (empty for none), the number of keys to remember and the
 * milliseconds to do so, the epoch and offset that must be those of the head (empty for any), 1 to
 * end the log, the number of entries, bytes and milliseconds to keep, and the messages.
 *
 * Returns `written`, the epoch, the offsets before the first message and of the last one, 1 if the
 * key was remembered, and the number of processes on this server that have heard of it; or `ended`
 * or `head-moved`.
 */
export const write = script(`${readState}${renewState}
local key, mostKeys, keyAge = ARGV[7], tonumber(ARGV[8]), tonumber(ARGV[9])
local afterEpoch, afterOffset, ends = ARGV[10], ARGV[11], ARGV[12] == '1'
local mostEntries, mostBytes, age = tonumber(ARGV[13]), tonumber(ARGV[14]), tonumber(ARGV[15])
local firstMessage, time = 16, now()
${dropOldest}
local function placeOf(anyKey)
  local since, n, from, last = string.match(redis.call('HGET', log, 'key ' .. anyKey) or '', '^(%d+) (%d+) (%d+) (%d+)$')
  return tonumber(since), n, from, last
end

-- The epoch of a time in which Redis had no log, and that is not over.
local function isQuiet(quietEpoch)
  local name, began = string.match(quietEpoch, '^%-(%x%x%x%x%x%x%x)(%w+)$')
  return name == quiet() and time - tonumber(began, 36) < ${leastMemory}
end

local function remember(from)
  local newest, forgotten = unpack(redis.call('HMGET', log, 'keys', 'forgotten'))
  newest, forgotten = tonumber(newest or 0) + 1, tonumber(forgotten or 0)
  local place = digits(time) .. ' ' .. digits(newest) .. ' ' .. digits(from) .. ' ' .. digits(head)
  redis.call('HSET', log, 'key ' .. key, place, 'nth ' .. digits(newest), key, 'keys', digits(newest))
  for n = forgotten + 1, math.min(forgotten + ${mostForgotten}, newest) do
    local nth = 'nth ' .. digits(n)
    local oldest = redis.call('HGET', log, nth)
    local since, itsNumber = placeOf(oldest)
    if newest - n < mostKeys and since and time - since < keyAge then break end
    redis.call('HDEL', log, nth)
    -- A key that was used again has a newer number.
    if itsNumber == digits(n) then redis.call('HDEL', log, 'key ' .. oldest) end
    redis.call('HSET', log, 'forgotten', digits(n))
  end
end

if key ~= '' and epoch then
  local since, _, from, last = placeOf(key)
  if since and time - since < keyAge then return { 'written', epoch, from, last, 1, 1 } end
end
if ended and #ARGV >= firstMessage then return { 'ended' } end
if afterEpoch ~= '' then
  local fits = afterOffset == digits(head) and (epoch == afterEpoch or (not epoch and isQuiet(afterEpoch)))
  if not fits then return { 'head-moved' } end
end
if not epoch then beginLife() end

local from, heard = head, 1
for i = firstMessage, #ARGV do
  local message = ARGV[i]
  head = head + 1
  if mostEntries > 0 and mostBytes > 0 and age > 0 then
    redis.call('HSET', log, digits(head), digits(time) .. ' ' .. digits(total) .. ' ' .. message)
    total = total + #message
  else
    redis.call('HSET', log, 'floor', digits(head))
  end
  heard = publish(first .. message)
  first = ''
end
redis.call('HSET', log, 'head', digits(head), 'total', digits(total))
if head - floor > mostEntries * 1.125 or total - dropped > mostBytes * 1.125 then dropOldest(time) end
if ends and not ended then
  redis.call('HSET', log, 'ended', 1)
  heard = publish('end')
end
if key ~= '' then remember(from) end
keepLog()
return { 'written', epoch, digits(from), digits(head), 0, heard }
`);

import { script } from './script';
import { slack } from './state';
import { stateValues } from './values';

/**
 * Writes to one key of a state.
 *
 * Arguments after those of {@link stateValues}: the key, the message, its size, what the key must
 * have (the epoch and offset of its value, `-` and 0 for none, or an empty epoch and 0 for
 * anything), and the most keys and bytes.
 *
 * Returns `written`, the epoch, the offset, and the number of processes on this server that have
 * heard of it; `unchanged`, the epoch and the head; `nothing`, the server's time and the name of
 * the quiet time, where there is no state; `changed` where the key has another value; or `full` and
 * the limit.
 */
export const writeValue = script(`${stateValues}
local key, text, size, ifEpoch, ifOffset = ARGV[10], ARGV[11], tonumber(ARGV[12]), ARGV[13], ARGV[14]
local mostKeys, mostBytes = tonumber(ARGV[15]), tonumber(ARGV[16])
local former

local function fullLimit()
  local isOther = former and former.hasValue
  if not isOther and values >= mostKeys then return 'keys' end
  return bytes - (isOther and former.size or 0) + size > mostBytes and 'bytes'
end

local function writeIt()
  local hasMore = expireValues(fewSteps)
  former = entryOf(key)
  local current = former and former.hasValue and time - former.since < age and former
  if ifEpoch == '-' then
    if current then return { 'changed' } end
  elseif ifEpoch ~= '' and (not current or epoch ~= ifEpoch or current.offset ~= ifOffset) then return { 'changed' } end
  if string.sub(text, 1, 1) == '-' then
    if not epoch then return { 'nothing', digits(time), quiet() } end
    if not current then return { 'unchanged', epoch, digits(head) } end
  else
    local limit = fullLimit()
    while limit and hasMore do
      hasMore = expireValues(1000)
      former = entryOf(key)
      limit = fullLimit()
    end
    if limit then return { 'full', limit } end
  end
  if not epoch then beginLife() end
  local heard = put(key, text, size, former)
  return { 'written', epoch, digits(head), heard }
end

local reply = writeIt()
if epoch then
  tidy(fewSteps)
  if keepsForever() then redis.call('PERSIST', log)
  elseif age == math.huge or time >= due then
    redis.call('HSET', log, 'due', digits(time + memory * ${slack - 1}))
    keepLog()
  end
end
return reply
`);

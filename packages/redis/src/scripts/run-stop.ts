import { runState } from './run-state';
import { script } from './script';

/**
 * Asks a run to stop, or remembers that for a run to come.
 *
 * Arguments after the common ones: the reason, `k` with the key of the start or nothing, the
 * Pub/Sub channel of stops, and the epoch of the run or nothing. The memory among the common
 * arguments is that of a stop.
 *
 * Returns `told`, `remembered` or `ended`.
 */
export const stopRun = script(`${runState}
local reason, wanted, channel, only = ARGV[7], ARGV[8], ARGV[9], ARGV[10]
if only ~= '' and only ~= epoch then return 'ended' end
if epoch and (wanted == '' or (key and wanted == 'k' .. key)) then
  if outcome then return 'ended' end
  -- The first reason is the one that the producer acts on.
  if not stop then redis.call('HSET', log, 'stop', reason) end
  redis.call(publishCommand, channel, epoch .. ' ' .. (stop or reason))
  return 'told'
end

local waiting = {}
for _, one in ipairs(waitingStops()) do
  if one.key ~= wanted then waiting[#waiting + 1] = one end
end
waiting[#waiting + 1] = { key = wanted, reason = reason, till = time + memory }
setStops(waiting)
if redis.call('PTTL', log) < memory then redis.call('PEXPIRE', log, digits(memory)) end
return 'remembered'
`);

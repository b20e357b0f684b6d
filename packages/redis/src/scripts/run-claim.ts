import { runState } from './run-state';
import { script } from './script';

/**
 * Begins a run as a new life of its log, unless one is under way or has the same key.
 *
 * Arguments after the common ones: the owner's token, `k` with the key or nothing, and the
 * milliseconds of the lease and of keeping the run.
 *
 * Returns `claimed`, the epoch and the reason of a stop; or `running` or `repeated`, and the record
 * of the other run.
 */
export const claimRun = script(`${runState}
local given = ARGV[8] ~= '' and string.sub(ARGV[8], 2)
local lease, keep = tonumber(ARGV[9]), ARGV[10]
if epoch and owner == ARGV[7] then return { 'claimed', epoch, stop } end
if epoch and given and key == given then return { 'repeated', record() } end
if epoch and not outcome then return { 'running', record() } end

local others = {}
stop = false
for _, one in ipairs(waitingStops()) do
  if one.key == '' or (given and one.key == 'k' .. given) then stop = stop or one.reason
  else others[#others + 1] = one end
end

-- Nothing was published before a log that is new, but something may have been before a new life.
local before = epoch and '-' or quiet()
forgetAll()
epoch, head = ARGV[2], 0
redis.call(
  'HSET', log, 'epoch', epoch, 'head', 0, 'life', life, 'quiet', before, 'began', digits(time),
  'owner', ARGV[7], 'until', digits(time + lease), 'started', digits(time), 'keep', keep
)
if given then redis.call('HSET', log, 'key', given) end
if stop then redis.call('HSET', log, 'stop', stop) end
setStops(others)
expireAfter(lease + keep)
publish('life')
return { 'claimed', epoch, stop }
`);

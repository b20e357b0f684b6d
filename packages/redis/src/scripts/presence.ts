import { script } from './script';

/** Sums what all processes have said of their connections that is to be believed still, but for the one that asks: it knows its own. */
export const countConnections = script(`
local time = redis.call('TIME')
local now, sum = tonumber(time[1]) * 1000, 0
local all = redis.call('HGETALL', KEYS[4])
for i = 1, #all, 2 do
  local connections, believed = string.match(all[i + 1], '^(%d+) (%d+)$')
  if tonumber(believed) <= now then redis.call('HDEL', KEYS[4], all[i])
  elseif all[i] ~= ARGV[1] then sum = sum + tonumber(connections) end
end
return sum
`);

/** A process follows the channel no more. */
export const leave = script(`return redis.call('HDEL', KEYS[4], ARGV[1])`);

import { script } from './script';

/** Sums what all processes have said of their connections and what is to be believed still. */
export const countConnections = script(`
local time = redis.call('TIME')
local now, sum = tonumber(time[1]) * 1000, 0
local all = redis.call('HGETALL', KEYS[4])
for i = 1, #all, 2 do
  local connections, believed = string.match(all[i + 1], '^(%d+) (%d+)$')
  if tonumber(believed) > now then sum = sum + tonumber(connections) else redis.call('HDEL', KEYS[4], all[i]) end
end
return sum
`);

/** A process follows the channel no more. */
export const leave = script(`return redis.call('HDEL', KEYS[4], ARGV[1])`);

import { script } from './script';

/**
 * Returns the number of connections in all processes except the one that asks, which knows its own.
 * Argument: the process. Counts that are no longer valid are deleted.
 */
export const countConnections = script(`
local time = redis.call('TIME')
local now, sum = tonumber(time[1]) * 1000, 0
local all = redis.call('HGETALL', KEYS[4])
for i = 1, #all, 2 do
  local connections, validUntil = string.match(all[i + 1], '^(%d+) (%d+)$')
  if tonumber(validUntil) <= now then redis.call('HDEL', KEYS[4], all[i])
  elseif all[i] ~= ARGV[1] then sum = sum + tonumber(connections) end
end
return sum
`);

/** Deletes the count of a process that has stopped following the channel. Argument: the process. */
export const leave = script(`return redis.call('HDEL', KEYS[4], ARGV[1])`);

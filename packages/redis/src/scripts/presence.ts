import { script } from './script';

/**
 * Stores how many connections a process has, and deletes counts that are no longer valid.
 * Arguments: the process, its connections, and for how many milliseconds that count is valid.
 */
export const report = script(`
local presence, time = KEYS[1], redis.call('TIME')
local now, ttl = tonumber(time[1]) * 1000, tonumber(ARGV[3])
redis.call('HSET', presence, ARGV[1], ARGV[2] .. ' ' .. string.format('%.0f', now + ttl))
local all = redis.call('HGETALL', presence)
for i = 1, #all, 2 do
  if tonumber(string.match(all[i + 1], ' (%d+)$')) <= now then redis.call('HDEL', presence, all[i]) end
end
return redis.call('PEXPIRE', presence, ttl + 1000)
`);

/**
 * Returns the number of connections in all processes except the one that asks, which knows its own.
 * Argument: the process.
 */
export const countConnections = script(`
local now, sum = tonumber(redis.call('TIME')[1]) * 1000, 0
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local connections, validUntil = string.match(all[i + 1], '^(%d+) (%d+)$')
  if tonumber(validUntil) > now and all[i] ~= ARGV[1] then sum = sum + tonumber(connections) end
end
return sum
`);

/** Deletes the count of a process that has stopped following the channel. Argument: the process. */
export const leave = script(`return redis.call('HDEL', KEYS[1], ARGV[1])`);

import { readState } from './state';

/** The most stops of runs to come that one log keeps. The oldest is forgotten first. */
const mostStops = 100;

/**
 * The beginning of every script on a run, after the arguments that all scripts take first. The run
 * is in fields of the hash of its log, and so in the slot of its log.
 *
 * A run whose lease is over has lost its producer. A run that was under way in an earlier life of
 * the server may have lost messages. The script that finds such a run ends it.
 *
 * The memory among the common arguments is the time for which a stop waits for its run. `stops`
 * holds the stops of runs that have not begun. A hash with nothing else has no `epoch`.
 */
export const runState = `${readState}
local run = redis.call(
  'HMGET', log, 'owner', 'until', 'key', 'started', 'finished', 'outcome', 'stop', 'keep', 'stops'
)
local owner, leaseEnd, key, started, finished, outcome = run[1], tonumber(run[2] or 0), run[3], run[4], run[5], run[6]
local stop, keepFor, stops, time = run[7], tonumber(run[8] or 0), run[9], now()
local lost = '{"outcome":"lost"}'

local function publish(what)
  return redis.call(publishCommand, pubsub, epoch .. ' ' .. digits(head) .. ' ' .. what)
end

local function expireAfter(ms)
  redis.call('PEXPIRE', log, digits(math.max(ms, stops and memory or 1)))
end

local function finish(as, at)
  outcome, finished = as, digits(at)
  redis.call('HSET', log, 'ended', 1, 'outcome', as, 'finished', finished)
  expireAfter(keepFor)
  return publish('end ' .. as)
end

local function record()
  return { epoch, digits(head), started, key, finished, outcome }
end

local function waitingStops()
  local waiting = {}
  for _, one in ipairs(stops and cjson.decode(stops) or {}) do
    if one.till > time then waiting[#waiting + 1] = one end
  end
  return waiting
end

local function setStops(waiting)
  while #waiting > ${mostStops} do table.remove(waiting, 1) end
  stops = #waiting > 0 and cjson.encode(waiting)
  if stops then redis.call('HSET', log, 'stops', stops) else redis.call('HDEL', log, 'stops') end
end

if epoch and known[3] ~= life then
  if movedFrom == '?' and known[3] ~= '-' and life ~= '-' then return { 'moved', known[3], life } end
  redis.call('HSET', log, 'life', life)
  if movedFrom ~= known[3] and not outcome then finish(lost, math.min(time, leaseEnd)) end
end
if epoch and not outcome and time >= leaseEnd then finish(lost, leaseEnd) end
`;

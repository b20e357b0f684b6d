import { runState } from './run-state';
import { script } from './script';

/** The most fields that one command of a script sets. Lua passes no more than 8000 values. */
const fieldsPerCommand = 1000;

/**
 * Appends messages of the owner of a run, renews its lease, and ends the run if it is to end. A
 * write that is repeated finds what it has done and does the rest.
 *
 * Arguments after the common ones: the owner's token, the epoch, the offset before the messages,
 * the milliseconds of the lease, the outcome or nothing, and the messages.
 *
 * Returns `written`, the reason of a stop, and the number of processes on this server that have
 * heard of it; or `fenced`, and the record of the newest run if there is one.
 */
export const writeRun = script(`${runState}
if not epoch then return { 'fenced' } end
if epoch ~= ARGV[8] or owner ~= ARGV[7] then return { 'fenced', record() } end
local lease, as, count = tonumber(ARGV[10]), ARGV[11], #ARGV - 11
local done = head - tonumber(ARGV[9])
if outcome then
  local isRepeated = done == count and as ~= '' and as == outcome
  if isRepeated then return { 'written', stop, 1 } else return { 'fenced', record() } end
end
-- The server has lost messages of the owner, whatever it promises.
if done < 0 then
  finish(lost, time)
  return { 'fenced', record() }
end
-- An earlier attempt of a write has come too late.
if done > count then return { 'written', stop, 1 } end

leaseEnd = math.max(leaseEnd, time + lease)
local start, fields = digits(time) .. ' 0 ', { 'head', digits(head + count - done), 'until', digits(leaseEnd) }
for i = done + 1, count do
  fields[#fields + 1] = digits(head + i - done)
  fields[#fields + 1] = start .. ARGV[11 + i]
  if #fields >= ${fieldsPerCommand} then
    redis.call('HSET', log, unpack(fields))
    fields = {}
  end
end
if #fields > 0 then redis.call('HSET', log, unpack(fields)) end
expireAfter(leaseEnd - time + keepFor)

local heard = 1
for i = done + 1, count do
  head = head + 1
  heard = publish(ARGV[11 + i])
end
if as ~= '' then heard = finish(as, time) end
return { 'written', stop, heard }
`);

import { readState, renewEpoch } from './state';

/** The most offsets that a script looks at beside its own work. */
const fewSteps = 64;

/**
 * The part after {@link readState} of every script that writes to a state, after the arguments that
 * all scripts take first. The state is in the hash of its log:
 *
 * - `=<key>`: the newest message of a key, as `<offset> <time> <size> <text>`.
 * - `<offset>`: `=<key>` where that message has a value, and `-<key>` where it deletes its key.
 * - `floor`: the offset of the newest deletion that is forgotten.
 * - `counts`: the number of values, their bytes, the number of deletions, and two offsets. No
 *   deletion is at the first of them or before, and no value at the second.
 *
 * Each offset is looked at once for each of the two, so that a write takes constant time.
 *
 * Arguments after the common ones: the milliseconds to keep a value, the number of deletions to
 * keep and the milliseconds to do so.
 */
export const valuesAfterState = `${renewEpoch}
local age, mostDeletions, deletionAge, time = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9]), now()
local saved = redis.call('HGET', log, 'counts')
local counts = { string.match(saved or '0 0 0 0 0', '^(%d+) (%d+) (%d+) (%d+) (%d+)$') }
local values, bytes, deletions = tonumber(counts[1]), tonumber(counts[2]), tonumber(counts[3])
local beforeDeletions, beforeValues = tonumber(counts[4]), tonumber(counts[5])

local function entryOf(key)
  local entry = redis.call('HGET', log, '=' .. key)
  if not entry then return nil end
  local offset, since, size, mark = string.match(entry, '^(%d+) (%d+) (%d+) (.)')
  return { offset = offset, since = tonumber(since), size = tonumber(size), hasValue = mark == '=' }
end

-- Puts a message into the place of the one before it with its key, and tells nobody.
local function place(key, text, size, former)
  local mark = string.sub(text, 1, 1)
  if former then
    redis.call('HDEL', log, former.offset)
    if former.hasValue then values, bytes = values - 1, bytes - former.size else deletions = deletions - 1 end
  end
  if mark == '=' then
    if values == 0 then beforeValues = head end
    values, bytes = values + 1, bytes + size
  else
    if deletions == 0 then beforeDeletions = head end
    deletions = deletions + 1
  end
  head = head + 1
  local offset = digits(head)
  local entry = offset .. ' ' .. digits(time) .. ' ' .. digits(size) .. ' ' .. text
  redis.call('HSET', log, 'head', offset, offset, mark .. key, '=' .. key, entry)
end

local function tell(what)
  local heard = publish(first .. what)
  first = ''
  return heard
end

local function put(key, text, size, former)
  place(key, text, size, former)
  return tell(text)
end

-- Deletes values that are too old. Returns true if there may be more of them.
local function expireValues(steps)
  if age == math.huge then return false end
  while values > 0 and beforeValues < head do
    if steps == 0 then return true end
    local record = redis.call('HGET', log, digits(beforeValues + 1))
    if record and string.sub(record, 1, 1) == '=' then
      local key = string.sub(record, 2)
      local entry = entryOf(key)
      if time - entry.since < age then return false end
      put(key, '-' .. key, #key, entry)
    end
    beforeValues, steps = beforeValues + 1, steps - 1
  end
  return false
end

-- Forgets deletions that are too many or too old.
local function forgetDeletions(steps)
  while deletions > 0 and steps > 0 do
    local offset = digits(beforeDeletions + 1)
    local record = redis.call('HGET', log, offset)
    if record and string.sub(record, 1, 1) == '-' then
      local key = string.sub(record, 2)
      if deletions <= mostDeletions and time - entryOf(key).since < deletionAge then return end
      redis.call('HDEL', log, offset, '=' .. key, '*' .. key)
      redis.call('HSET', log, 'floor', offset)
      deletions = deletions - 1
    end
    beforeDeletions, steps = beforeDeletions + 1, steps - 1
  end
end

local function tidy(steps)
  forgetDeletions(steps)
  local all = {}
  for i, count in ipairs({ values, bytes, deletions, beforeDeletions, beforeValues }) do all[i] = digits(count) end
  local now = table.concat(all, ' ')
  if now ~= saved then redis.call('HSET', log, 'counts', now) end
end

-- A value that never becomes too old is data.
local function keepsForever() return values > 0 and age == math.huge end
local fewSteps = ${fewSteps}
`;

/** The beginning of scripts that write to a state. */
export const stateValues = `${readState}${valuesAfterState}`;

import { memberData } from './member-data';
import { slack } from './state';

/** The most members that one call takes away of processes that are dead. */
export const mostSwept = 250;

/**
 * The part of every script on a presence after those of a state. Its members are the values of a
 * state, and who holds them is in the same hash, because a script takes one key:
 *
 * - `@<process>`: the number of its hold, the call that began it, and its last call.
 * - `#<hold>`: the time at which its lease is over, the milliseconds of the lease, the number of
 *   its members, and the process. A hold whose process has begun another one ends by its lease.
 * - `#<hold> <n>`: the id of its nth member. The last one takes the place of one that leaves.
 * - `+<id>`: `<hold>:<n>` of each hold that has the member.
 * - `*<id>`: what a member came with that was updated since. See {@link memberData}.
 * - `holds`: the greatest number of a hold, and the numbers of those that exist.
 * - `lapse`: the earliest time at which a lease may be over.
 * - `waited`: the time of the last call before a silence after which sweeping has waited.
 * - `members`: the number of members, where clients get nothing else.
 *
 * A call is one Pub/Sub message, however much it changes.
 */
export const holdsAfterValues = `
local lapse, members = unpack(redis.call('HMGET', log, 'lapse', 'members'))
lapse, members = tonumber(lapse or 'inf'), tonumber(members or nil)
local texts, loaded = {}, {}

local function write(key, text, size, former)
  texts[#texts + 1] = text
  place(key, text, size, former)
end
${memberData}
local function holdOf(number)
  if not loaded[number] then
    local found = redis.call('HGET', log, '#' .. number)
    local till, lease, count, process = string.match(found or '', '^(%d+) (%d+) (%d+) (.*)$')
    if not found then return nil end
    loaded[number] =
      { number = number, till = tonumber(till), lease = tonumber(lease), count = tonumber(count), process = process }
  end
  return loaded[number]
end

local function save(hold)
  local numbers = table.concat({ digits(hold.till), digits(hold.lease), digits(hold.count) }, ' ')
  redis.call('HSET', log, '#' .. hold.number, numbers .. ' ' .. hold.process)
end

local function allHolds()
  local greatest, all = 0, {}
  for number in string.gmatch(redis.call('HGET', log, 'holds') or '', '%d+') do
    if greatest == 0 then greatest = tonumber(number) else all[#all + 1] = number end
  end
  return greatest, all
end

local function setHolds(greatest, all)
  redis.call('HSET', log, 'holds', digits(greatest) .. ' ' .. table.concat(all, ' '))
end

local function setLapse(at)
  if at == lapse then return end
  lapse = at
  if at == math.huge then redis.call('HDEL', log, 'lapse') else redis.call('HSET', log, 'lapse', digits(at)) end
end

-- Returns the parts of a member's record before, of and after a hold.
local function partsOf(record, hold)
  local from, to = string.find(' ' .. record .. ' ', ' ' .. hold.number .. ':%d+ ')
  if not from then return nil end
  return string.sub(record, 1, math.max(0, from - 2)), string.sub(record, from, to - 2), string.sub(record, to)
end

-- Returns true for a member whom nobody had before.
local function add(id, hold)
  local record = redis.call('HGET', log, '+' .. id)
  if record and partsOf(record, hold) then return false end
  hold.count = hold.count + 1
  local n = digits(hold.count)
  local place = hold.number .. ':' .. n
  redis.call('HSET', log, '+' .. id, record and record .. ' ' .. place or place, '#' .. hold.number .. ' ' .. n, id)
  if not record and members then members = members + 1 end
  return not record
end

-- Tells that a member is gone, where nobody else has it. It is lost where its process is dead.
local function remove(id, hold, isLost)
  local record = redis.call('HGET', log, '+' .. id)
  if not record then return end
  local before, own, after = partsOf(record, hold)
  if not before then return end
  local own, last = string.sub(own, #hold.number + 2), digits(hold.count)
  if own ~= last then
    local other = redis.call('HGET', log, '#' .. hold.number .. ' ' .. last)
    local left, _, right = partsOf(redis.call('HGET', log, '+' .. other), hold)
    local words = {}
    for _, word in ipairs({ left, hold.number .. ':' .. own, right }) do
      if word ~= '' then words[#words + 1] = word end
    end
    redis.call('HSET', log, '#' .. hold.number .. ' ' .. own, other, '+' .. other, table.concat(words, ' '))
  end
  redis.call('HDEL', log, '#' .. hold.number .. ' ' .. last)
  hold.count = hold.count - 1
  local rest = before ~= '' and after ~= '' and before .. ' ' .. after or before .. after
  if rest ~= '' then return redis.call('HSET', log, '+' .. id, rest) end
  redis.call('HDEL', log, '+' .. id)
  if members then members = members - 1 end
  local former = memberOf(id)
  if not former or not former.hasValue then return end
  if isLost then keepData(id, former) else redis.call('HDEL', log, '*' .. id) end
  write(id, '-' .. id, #id, former)
end

-- Lets sweeping wait where nobody has said anything for long. Either all processes are dead, or the
-- server was away and is about to hear of the others.
local function waitIfSilent()
  if time < lapse then return end
  local last, lease, _, all = 0, 0, allHolds()
  for _, number in ipairs(all) do
    local hold = holdOf(number)
    if hold.till - hold.lease >= last then last, lease = hold.till - hold.lease, hold.lease end
  end
  if time - last < lease / 2 or redis.call('HGET', log, 'waited') == digits(last) then return end
  redis.call('HSET', log, 'waited', digits(last))
  setLapse(time + math.floor(lease / 8))
end

-- Removes holds whose lease is over, and up to so many members of them. Returns 1 if there are
-- more.
local function sweep(steps)
  if time < lapse then return 0 end
  local greatest, all = allHolds()
  local others, earliest, hasMore = {}, math.huge, 0
  for _, number in ipairs(all) do
    local hold = holdOf(number)
    if hold.till <= time then
      -- Its process begins another one when it says something again.
      local current = redis.call('HGET', log, '@' .. hold.process)
      if current and string.match(current, '^%d+') == number then redis.call('HDEL', log, '@' .. hold.process) end
      while hold.count > 0 and steps > 0 do
        local last = hold.count
        local id = redis.call('HGET', log, '#' .. number .. ' ' .. digits(last))
        if id then remove(id, hold, true) end
        -- It goes on also where somebody has deleted fields.
        if hold.count == last then
          redis.call('HDEL', log, '#' .. number .. ' ' .. digits(last))
          hold.count = last - 1
        end
        steps = steps - 1
      end
      if hold.count == 0 then redis.call('HDEL', log, '#' .. number) else
        hasMore = 1
        save(hold)
      end
    end
    if hold.till > time or hold.count > 0 then
      others[#others + 1] = number
      earliest = math.min(earliest, hold.till)
    end
  end
  if #others < #all then setHolds(greatest, others) end
  setLapse(earliest)
  return hasMore
end

-- Nobody could renew a lease while the server was away.
local function renewLeases()
  local _, all = allHolds()
  for _, number in ipairs(all) do
    local hold = holdOf(number)
    hold.till = math.max(hold.till, time + hold.lease)
    save(hold)
  end
end

-- Tells what has changed. Returns the number of processes on this server that have heard of it.
local function tellAll()
  local saved = redis.call('HGET', log, 'members')
  if members and digits(members) ~= saved then
    redis.call('HSET', log, 'members', digits(members))
    local body, former = digits(members), entryOf('count')
    if members > 0 then write('count', '=5 countj\\n' .. body, #body + 5, former)
    elseif former and former.hasValue then write('count', '-count', 5, former) end
  end
  tidy(fewSteps + 2 * #texts)
  if time >= due then
    redis.call('HSET', log, 'due', digits(time + memory * ${slack - 1}))
    keepLog()
  end
  if #texts == 0 then return 1 end
  return tell(#texts == 1 and texts[1] or cjson.encode(texts))
end
`;

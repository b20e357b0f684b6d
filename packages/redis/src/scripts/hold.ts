import { holdsAfterValues, mostSwept } from './holds';
import { newsOfHold } from './news-of-hold';
import { script } from './script';
import { readState } from './state';
import { stateValues, valuesAfterState } from './values';

/**
 * Renews the lease of a process on a presence, and changes its members: first those that leave,
 * then those that join. Others whose lease is over lose theirs.
 *
 * The process numbers its calls. An earlier call that comes after a later one does nothing. Where a
 * hold is not the one that the process knows of, or has missed a confirmed call, the process begins
 * another one and says all members again. The members of the former one stay for a lease meanwhile.
 *
 * Arguments after those of `stateValues`: the process, the milliseconds of the lease, the number of
 * the call, that of the call which began the hold (0 for none) and of the last confirmed one, 1 if
 * clients get no names, the most members, 1 to sweep, the number of those that leave and that of
 * those that any process has and that are updated, and what {@link newsOfHold} takes. Then the ids
 * of those that leave; the id, the
 * message and its size of each one that is updated; and of each one that joins besides what that
 * says, and a digest of the message that it came with, or nothing where it is this one.
 *
 * Returns 1 if the process must say all members, the call that began the hold, 1 if there is more
 * to sweep, the epoch, the head, and the number of processes on this server that have heard of it;
 * then the number for whom there is room, the ids for whom there was none, the ids of updates that
 * nobody has, and what {@link newsOfHold} returns.
 */
export const hold = script(`${stateValues}${holdsAfterValues}${newsOfHold}
local process, lease, call, begun, confirmed = ARGV[10], tonumber(ARGV[11]), tonumber(ARGV[12]), ARGV[13], tonumber(ARGV[14])
local isCount, most, sweeps = ARGV[15] == '1', tonumber(ARGV[16]), ARGV[17] == '1'
local look, since = tonumber(ARGV[20]), tonumber(ARGV[21])
local firstUpdate = 22 + tonumber(ARGV[18])
local firstJoin = firstUpdate + 3 * tonumber(ARGV[19])
local number, itsBegin, last
local refused, unknown = {}, {}

local function begin()
  if number then
    local former = holdOf(number)
    former.till = math.max(former.till, time + lease)
    save(former)
  end
  if not epoch then beginLife() end
  local greatest, all = allHolds()
  number, itsBegin = digits(greatest + 1), ARGV[12]
  all[#all + 1] = number
  setHolds(greatest + 1, all)
  loaded[number] = { number = number, till = 0, lease = lease, count = 0, process = process }
end

local function update(id, text, size)
  if not epoch or not redis.call('HGET', log, '+' .. id) then unknown[#unknown + 1] = id
  elseif not members then updateData(id, text, size) end
end

local function join(id, text, size, says, digest)
  local record = redis.call('HGET', log, '+' .. id)
  if not record and (members or values) >= most then
    refused[#refused + 1] = id
    return
  end
  add(id, loaded[number])
  if not members then joinData(id, text, size, says, digest, record) end
end

local function updateAll()
  for i = firstUpdate, firstJoin - 1, 3 do update(ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2])) end
end

local at = redis.call('HGET', log, '@' .. process)
if at then number, itsBegin, last = string.match(at, '^(%d+) (%d+) (%d+)$') end
if number and tonumber(last) >= call then
  return { 1, itsBegin, 0, epoch, digits(head), 1, '0', {}, {}, {}, 0 }
end
if not epoch and #ARGV < firstJoin then
  updateAll()
  return { 1, '0', 0, '', '0', 1, digits(most), {}, unknown, {}, 0 }
end
if known[1] and known[1] ~= epoch then renewLeases() end
if sweeps then waitIfSilent() end
local isNew = not number or itsBegin ~= begun or tonumber(last) < confirmed
if isNew then begin() end
local own = holdOf(number)
own.till, own.lease = time + lease, lease
if isCount then members = members or 0 end
for i = 22, firstUpdate - 1 do remove(ARGV[i], own) end
updateAll()
for i = firstJoin, #ARGV, 5 do join(ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2]), ARGV[i + 3], ARGV[i + 4]) end
save(own)
local news, nextLook = newsOf(own, look, since)
redis.call('HSET', log, '@' .. process, number .. ' ' .. itsBegin .. ' ' .. digits(call))
setLapse(math.min(lapse, own.till))
local hasMore = sweeps and sweep(${mostSwept}) or 0
local heard, room = tellAll(), digits(math.max(0, most - (members or values)))
return { isNew and 1 or 0, itsBegin, hasMore, epoch, digits(head), heard, room, refused, unknown, news, nextLook }
`);

/**
 * Takes away members of processes whose lease is over. It keeps the presence alive that has
 * followers, and makes no new one, but fails where Redis refuses to write, also when there is none.
 *
 * Arguments after those of `stateValues`: a reader's epoch and offset, and 1 to sweep. A reader
 * whose offset is beyond the head proves that the server has lost messages, so the epoch is
 * renewed.
 *
 * Returns 1 if there is more to sweep, the epoch, the head, and the number of processes on this
 * server that have heard of it.
 */
export const sweepHolds = script(`${readState}
if not epoch then return { redis.call('DEL', log), '', '0', 1 } end
${valuesAfterState}${holdsAfterValues}
if ARGV[10] == epoch and tonumber(ARGV[11]) > head then renewEpoch() end
if known[1] ~= epoch then renewLeases() end
local hasMore = 0
if ARGV[12] == '1' then
  waitIfSilent()
  hasMore = sweep(${mostSwept})
end
due = 0
return { hasMore, epoch, digits(head), tellAll() }
`);

/**
 * Counts the members. It writes nothing. Returns the server's time, the number, and the earliest
 * time at which a lease may be over, or nothing.
 */
export const countMembers = script(`${readState}
local found = redis.call('HMGET', log, 'members', 'counts', 'lapse')
return { digits(now()), found[1] or string.match(found[2] or '0', '^%d+'), found[3] }
`);

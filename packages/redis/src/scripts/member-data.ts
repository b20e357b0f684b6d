/**
 * The functions for the data of members. Any process updates it, and the process of the member
 * knows only what the member came with. So `*<id>` keeps a digest of that, while the data is
 * another: a connection that comes with the same does not bring it back.
 *
 * The data of a member that was lost with its process follows the digest and its size, as long as
 * the deletion is remembered. The process may come back.
 */
export const memberData = `
local function memberOf(id)
  local entry = redis.call('HGET', log, '=' .. id)
  if not entry then return nil end
  local offset, since, size, text = string.match(entry, '^(%d+) (%d+) (%d+) (.*)$')
  local hasValue = string.sub(text, 1, 1) == '='
  return { offset = offset, since = tonumber(since), size = tonumber(size), hasValue = hasValue, text = text }
end

local function keepData(id, former)
  local joined = redis.call('HGET', log, '*' .. id)
  if joined then redis.call('HSET', log, '*' .. id, joined .. ' ' .. digits(former.size) .. ' ' .. former.text) end
end

-- Changes the data of a member that somebody has.
local function updateData(id, text, size)
  local former = memberOf(id)
  if former and former.text == text then return end
  if former and not redis.call('HGET', log, '*' .. id) then
    redis.call('HSET', log, '*' .. id, redis.sha1hex(former.text))
  end
  write(id, text, size, former)
end

-- Gives a member the data that a process says. Without a digest, the member came with it.
local function joinData(id, text, size, says, digest, isThere)
  if isThere and says == 'updated' then return updateData(id, text, size) end
  local former, joined = memberOf(id), redis.call('HGET', log, '*' .. id)
  local function cameWith() return digest ~= '' and digest or redis.sha1hex(text) end
  if isThere and former and former.hasValue then
    if says == 'again' or says == 'joined' and cameWith() == (joined or redis.sha1hex(former.text)) then return end
  elseif says == 'again' and joined then
    local lostDigest, lostSize, lost = string.match(joined, '^(%x+) (%d+) (.*)$')
    if lostDigest == cameWith() then digest, size, text = lostDigest, tonumber(lostSize), lost end
  end
  if digest ~= '' then redis.call('HSET', log, '*' .. id, digest)
  elseif joined then redis.call('HDEL', log, '*' .. id) end
  if not former or former.text ~= text then write(id, text, size, former) end
end
`;

/** The most members of a process that one call looks at. */
const mostLooked = 250;

/**
 * The function by which a process learns what others have changed of its members: it says that
 * again where the server has lost it. A call looks at some members, and the next one goes on.
 *
 * It takes a hold, the number of the member of the hold to begin with or 0 to look at none, and an
 * offset. It returns the messages after the offset of members that were updated, and the number to
 * go on with.
 */
export const newsOfHold = `
local function newsOf(hold, first, since)
  local news, last = {}, math.min(hold.count, first + ${mostLooked - 1})
  if members or first == 0 then return news, 0 end
  for n = first, last do
    local id = redis.call('HGET', log, '#' .. hold.number .. ' ' .. digits(n))
    if id and redis.call('HGET', log, '*' .. id) then
      local member = memberOf(id)
      if member and member.hasValue and tonumber(member.offset) > since then news[#news + 1] = member.text end
    end
  end
  return news, last < hold.count and last + 1 or 1
end
`;

import { pageSize } from './read';
import { script } from './script';
import { readState } from './state';

/** The bytes after which a page is full. */
const pageBytes = 1024 * 1024;

/** Messages that are read by one command. A page may have that many more than its bytes. */
const perCommand = 50;

/**
 * Reads a page of a state. It writes nothing, as the script `read` does not.
 *
 * Arguments after the common ones: the reader's epoch and offset (empty and 0 when it has none),
 * and the offsets of the page, or nothing for those after the reader's.
 *
 * Returns what `read` does. The offset before the page is the floor where it is of a whole state.
 * Besides it returns the offsets that the page leaves out, of a state that is too large for one.
 * A page has none if these are all: their order costs the reader's time and not that of
 * Redis. It returns the earliest time at which a lease of a presence may be over, too.
 */
export const readValues = script(`${readState}
if not epoch then return { digits(now()), quiet(), life } end
local at, offsets = tonumber(ARGV[8]), {}
local values, deletions = string.match(redis.call('HGET', log, 'counts') or '0 0 0 ', '^(%d+) %d+ (%d+) ')
-- Up to so many offsets are looked at, because half of them have a message. There are more fields.
local few = math.max(${pageSize}, 2 * (values + deletions))
local after = at
if ARGV[7] ~= epoch or at < floor then at, after = 0, floor end
if ARGV[9] ~= '' then
  for offset in string.gmatch(ARGV[9], '%d+') do offsets[#offsets + 1] = offset end
elseif head - at <= few then
  for offset = at + 1, head do offsets[#offsets + 1] = digits(offset) end
else
  -- No other field begins with a digit.
  for _, field in ipairs(redis.call('HKEYS', log)) do
    local byte = string.byte(field)
    if byte >= 48 and byte <= 57 and tonumber(field) > at then offsets[#offsets + 1] = field end
  end
end

local entries, bytes, first = {}, 0, 1
while first <= #offsets and #offsets <= ${pageSize} and bytes < ${pageBytes} do
  local last, fields = math.min(first + ${perCommand - 1}, #offsets), {}
  for _, record in ipairs(redis.call('HMGET', log, unpack(offsets, first, last))) do
    if record then fields[#fields + 1] = '=' .. string.sub(record, 2) end
  end
  if #fields > 0 then
    for _, entry in ipairs(redis.call('HMGET', log, unpack(fields))) do
      entries[#entries + 1] = entry
      bytes = bytes + #entry
    end
  end
  first = last + 1
end
return {
  digits(now()), known[9] or '-', life, epoch, digits(head), 0, digits(after), entries,
  known[10] or '0', known[3], redis.call('PTTL', log), '', table.concat(offsets, ' ', first),
  redis.call('HGET', log, 'lapse')
}
`);

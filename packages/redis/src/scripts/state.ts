/** The arguments that every script on a channel's log takes first. */
export interface CommonArguments {
  /**
   * The life of the server. With `''`, the script asks the server for it. With `-`, a new life of
   * the server does not begin a new life of the log.
   */
  readonly life: string;
  /** The epoch for the log's next life, if one begins. */
  readonly nextEpoch: string;
  /** Milliseconds to keep the log after its last use, or 0 to keep it forever. */
  readonly memory: number;
  readonly publishCommand: 'PUBLISH' | 'SPUBLISH';
  readonly pubsub: string;
  /**
   * The life of another server from which the log has moved without a loss. With `?`, the script
   * does nothing when the log has another life, and returns both lives. With `''`, the log begins a
   * new life then.
   */
  readonly movedFrom: string;
}

export const commonArguments = (common: CommonArguments): string[] => [
  common.life,
  common.nextEpoch,
  String(common.memory),
  common.publishCommand,
  common.pubsub,
  common.movedFrom,
];

/** The least milliseconds to keep a log after its last use, so that cursors stay valid. */
export const leastMemory = 600_000;

/** The factor by which a log lives longer than it must, so that few appends have to renew that. */
export const slack = 1.25;

/**
 * The beginning of every script on a channel's log. It reads the log's state and writes nothing.
 *
 * `losses` counts what the server has deleted by itself or by command. Together with the server's
 * life, it names a time in which no message can vanish without a trace. `quiet` is that name for
 * this log.
 */
export const readState = `
local log = KEYS[1]
local life, memory, publishCommand, pubsub, movedFrom = ARGV[1], tonumber(ARGV[3]), ARGV[4], ARGV[5], ARGV[6]
local known =
  redis.call('HMGET', log, 'epoch', 'head', 'life', 'ended', 'total', 'floor', 'dropped', 'due', 'quiet', 'began',
  'expires')
local epoch, head, ended, total = known[1], tonumber(known[2] or 0), known[4], tonumber(known[5] or 0)
local floor, dropped, due = tonumber(known[6] or 0), tonumber(known[7] or 0), tonumber(known[8] or 0)
-- The time at which a log expires that is kept forever otherwise, or 0.
local expires = tonumber(known[11] or 0)

local function digits(number) return string.format('%.0f', number) end

local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function quiet()
  local stats, commands = redis.call('INFO', 'stats'), redis.call('INFO', 'commandstats')
  local losses = string.match(stats, 'evicted_keys:(%d+)') or ''
  for _, command in ipairs({ 'flushall', 'flushdb' }) do
    losses = losses .. '.' .. (string.match(commands, 'cmdstat_' .. command .. ':calls=(%d+)') or '')
  end
  return string.sub(redis.sha1hex(life .. ' ' .. losses .. ' ' .. log), 1, 7)
end

-- Deletes everything but the epoch. A server whose slot moves away makes no new keys, so a script
-- that deleted the key would fail half done.
local function forgetAll()
  local fields = redis.call('HKEYS', log)
  for first = 1, #fields, 1000 do
    local some = {}
    for i = first, math.min(first + 999, #fields) do
      if fields[i] ~= 'epoch' then some[#some + 1] = fields[i] end
    end
    if #some > 0 then redis.call('HDEL', log, unpack(some)) end
  end
end

-- When the lives differ, the connection may have read its own before the server became master.
if life == '' or (life ~= '-' and known[3] ~= life) then
  local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
  local takeover = string.match(redis.call('INFO', 'replication'), 'second_repl_offset:(-?%d+)')
  life = run and run .. '.' .. (takeover or '') or '-'
end
`;

/** Functions of scripts that write. A life that begins takes the place of one with an `epoch`. */
const writing = `
local function publish(what)
  return redis.call(publishCommand, pubsub, epoch .. ' ' .. digits(head) .. ' ' .. what)
end

local function keepLog()
  if memory > 0 then redis.call('PEXPIRE', log, digits(memory * ${slack}))
  elseif expires > 0 then redis.call('PEXPIRE', log, digits(math.max(1, expires - now())))
  else redis.call('PERSIST', log) end
end

-- The quiet time before a new log and its end, for those who know of a quiet time themselves.
local first = ''

local function beginLife()
  local hadOne = epoch
  if hadOne then forgetAll() end
  epoch, head, total, floor, dropped, due, expires = ARGV[2], 0, 0, 0, 0, 0, 0
  -- Nothing was published before a log that is new, but something may have been before a new life.
  local before, time = hadOne and '-' or quiet(), digits(now())
  if not hadOne then first = 'first ' .. before .. ' ' .. time .. ' ' end
  redis.call('HSET', log, 'epoch', epoch, 'head', 0, 'life', life, 'quiet', before, 'began', time)
  if ended then redis.call('HSET', log, 'ended', 1) end
  return hadOne and publish('life')
end
`;

/** @param begin lets the log begin a new life, because the server has begun one. */
const renewal = (begin: string) => `
if epoch and known[3] ~= life then
  if movedFrom == '?' and known[3] ~= '-' and life ~= '-' then return { 'moved', known[3], life } end
  if movedFrom == known[3] then redis.call('HSET', log, 'life', life) else ${begin} end
end
`;

/**
 * The next part of scripts that write. When the server has begun a new life, so
 * does the log, with a new epoch: a server that was restarted, restored or promoted may have lost
 * messages and would use their offsets again. Clients with a cursor of the old epoch then get a
 * gap. A log that has moved from another server keeps its epoch.
 */
export const renewState = `${writing}${renewal('beginLife()')}`;

/** The same for a log whose messages are data and not history. They stay, under a new epoch. */
export const renewEpoch = `${writing}
local function renewEpoch()
  epoch = ARGV[2]
  redis.call('HSET', log, 'epoch', epoch, 'life', life, 'quiet', '-', 'began', digits(now()))
  publish('life')
end
${renewal('renewEpoch()')}`;

/**
 * Deletes what exceeds the limits. Each entry holds the number of bytes that the log had before it,
 * so a binary search finds the new floor without reading everything that is deleted.
 *
 * It uses `mostEntries`, `mostBytes` and `age`, and the server's `time`.
 */
export const dropOldest = `
local function dropOldest(time)
  local low, high, bytes = math.max(floor, head - mostEntries), head, total
  local middle = low
  while low < high do
    local since, before = string.match(redis.call('HGET', log, digits(middle + 1)) or '0 0 ', '^(%d+) (%d+) ')
    if total - before > mostBytes or time - since >= age then low = middle + 1 else high, bytes = middle, before end
    middle = math.floor((low + high) / 2)
  end
  if low <= floor then return end
  for first = floor + 1, low, 1000 do
    local fields = {}
    for offset = first, math.min(first + 999, low) do fields[#fields + 1] = digits(offset) end
    redis.call('HDEL', log, unpack(fields))
  end
  redis.call('HSET', log, 'floor', digits(low), 'dropped', digits(bytes))
end
`;

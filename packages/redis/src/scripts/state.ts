/** The arguments that every script on a channel's log takes first. */
export interface CommonArguments {
  /**
   * The life of the server. With `''`, the script asks the server for it. With `-`, a new life of
   * the server does not begin a new life of the log.
   */
  readonly life: string;
  /** The epoch for the log's next life, if one begins. */
  readonly nextEpoch: string;
  /** Milliseconds to keep the log's state after its last use, or 0 to keep it forever. */
  readonly memory: number;
  readonly publishCommand: 'PUBLISH' | 'SPUBLISH';
}

export const commonArguments = ({ life, nextEpoch, memory, publishCommand }: CommonArguments): string[] => [
  life,
  nextEpoch,
  String(memory),
  publishCommand,
];

/**
 * The least number of milliseconds to keep a log's state after its last use, so that cursors stay
 * valid.
 */
export const leastMemory = 600_000;

/** The factor by which keys live longer than they must, so that few appends have to renew them. */
export const slack = 1.25;

/**
 * The beginning of every script on a channel's log. It reads the log's state. When the server has
 * begun a new life, so does the log, with a new epoch: a server that was restarted, restored or
 * promoted may have lost messages and would use their offsets again. Clients with a cursor of the
 * old epoch then get a gap.
 */
export const readState = `
local state, entries, pubsub, presence = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local life, memory, publishCommand = ARGV[1], tonumber(ARGV[3]), ARGV[4]
local known = redis.call('HMGET', state, 'epoch', 'head', 'life', 'ended', 'total', 'floor', 'dropped', 'due')
local epoch, head, ended, total = known[1], tonumber(known[2] or 0), known[4], tonumber(known[5] or 0)
local floor, dropped, due = tonumber(known[6] or 0), tonumber(known[7] or 0), tonumber(known[8] or 0)

local function digits(number) return string.format('%.0f', number) end

local function publish(what) redis.call(publishCommand, pubsub, epoch .. ' ' .. digits(head) .. ' ' .. what) end

local function keepState()
  if memory > 0 then redis.call('PEXPIRE', state, digits(memory * ${slack})) else redis.call('PERSIST', state) end
end

local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function beginLife()
  redis.call('DEL', state, entries)
  local hadOne = epoch
  epoch, head, total, floor, dropped, due = ARGV[2], 0, 0, 0, 0, 0
  redis.call('HSET', state, 'epoch', epoch, 'head', 0, 'life', life)
  if ended then redis.call('HSET', state, 'ended', 1) end
  if hadOne then publish('life') end
end

-- When the lives differ, the connection may have read its own before the server became master.
if life == '' or (life ~= '-' and known[3] ~= life) then
  local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
  local takeover = string.match(redis.call('INFO', 'replication'), 'second_repl_offset:(-?%d+)')
  life = run and run .. '.' .. (takeover or '') or '-'
end
if not epoch or known[3] ~= life then beginLife() end
`;

import type { ChannelKeys } from './keys';

/** What every script that looks at a channel's log is told. */
export interface Common {
  /** Which life of which server is asked; `''` where it must say so itself, `-` where that must not matter. */
  readonly life: string;
  /** The epoch of the next life, should one begin. */
  readonly nextEpoch: string;
  /** Milliseconds for which the log's state outlives its last use; 0 for ever. */
  readonly memory: number;
  /** `PUBLISH` or `SPUBLISH`. */
  readonly announce: string;
}

export const commonArguments = ({ life, nextEpoch, memory, announce }: Common): string[] => [
  life,
  nextEpoch,
  String(memory),
  announce,
];

export const keyList = ({ state, entries, announcements, presence }: ChannelKeys): string[] => [
  state,
  entries,
  announcements,
  presence,
];

/** How long, at the least, the state of a log is remembered after its last use, in ms, so that cursors stay true. */
export const leastMemory = 600_000;

/** Keys live so much longer than they must, so that not every append must say so again. */
export const slack = 1.25;

/**
 * Reads a log's state, and begins a new life where the log's server has: a server that was restarted, restored or promoted
 * may have lost what it had acknowledged, and would give the same offsets again. Whoever knows the old epoch is told then.
 */
export const readState = `
local state, entries, announcements, presence = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local life, memory, announce = ARGV[1], tonumber(ARGV[3]), ARGV[4]
local known = redis.call('HMGET', state, 'epoch', 'head', 'life', 'ended', 'total', 'floor', 'dropped', 'due')
local epoch, head, ended, total = known[1], tonumber(known[2] or 0), known[4], tonumber(known[5] or 0)
local floor, dropped, due = tonumber(known[6] or 0), tonumber(known[7] or 0), tonumber(known[8] or 0)

local function digits(number) return string.format('%.0f', number) end

local function tell(what) redis.call(announce, announcements, epoch .. ' ' .. digits(head) .. ' ' .. what) end

local function remember()
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
  if hadOne then tell('life') end
end

-- Where the two differ, the connection may have been told before the server changed.
if life == '' or (life ~= '-' and known[3] ~= life) then
  local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
  local takeover = string.match(redis.call('INFO', 'replication'), 'second_repl_offset:(-?%d+)')
  life = run and run .. '.' .. (takeover or '') or '-'
end
if not epoch or known[3] ~= life then beginLife() end
`;

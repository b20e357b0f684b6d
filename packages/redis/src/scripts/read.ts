import { script } from './script';
import { readState } from './state';

/** The most messages that one read returns. */
export const pageSize = 500;

/**
 * Reads `page`. Arguments after the common ones: the reader's epoch and offset (empty and 0 when it
 * has none), and the number of entries to keep.
 */
const readPage = `
local time = now()
if not epoch then return { digits(time), quiet(), life } end
local at, mostEntries = tonumber(ARGV[8]), tonumber(ARGV[9])
if ARGV[7] ~= epoch then at = 0 end
at = math.max(at, floor, head - mostEntries, 0)
local entries = {}
if at < head then
  local fields = {}
  for offset = at + 1, math.min(at + ${pageSize}, head) do fields[#fields + 1] = digits(offset) end
  entries = redis.call('HMGET', log, unpack(fields))
end
local page = {
  digits(time), known[9] or '-', life, epoch, digits(head), ended and 1 or 0, digits(at), entries,
  known[10] or '0', known[3], expires > 0 and -1 or redis.call('PTTL', log), redis.call('HGET', log, 'deleted') or ''
}
`;

/**
 * Reads a page of a log. It writes nothing, so that it also works while Redis refuses writes, and
 * that nothing is kept for a name that was only listened to: clients choose the names of channels.
 *
 * Returns the server's time, the name of the quiet time before the log, and the life of the server.
 * When there is a log, also its epoch, its head, 1 if it has ended, the offset before the page, the
 * entries of the page, the time when the log began, its life, its remaining time to live in ms, and
 * the epoch and head of the deleted log in whose place it began, or nothing.
 */
export const read = script(`${readState}${readPage}
return page
`);

/**
 * Reads a page of the log of a run. Returns besides the outcome, or nothing while the run is under
 * way, and the remaining milliseconds of its lease.
 */
export const readRun = script(`${readState}${readPage}
local run = redis.call('HMGET', log, 'outcome', 'until')
page[13], page[14] = run[1], math.floor(tonumber(run[2] or 0) - time)
return page
`);

import { script } from './script';
import { leastMemory, readState, renewState, slack } from './state';

/** Milliseconds to keep the trace of a deleted log that is kept forever otherwise. */
const traceMemory = leastMemory * slack;

/**
 * Lets the trace of a deleted log expire, also where logs are kept forever. It is kept for as long
 * as a log at the least: a process that missed the deletion must not take the channel for one that
 * was quiet all the time.
 */
export const expireTrace = `
if memory == 0 and head == 0 and redis.call('HGET', log, 'deleted') then
  redis.call('PEXPIRE', log, ${traceMemory})
end
`;

/**
 * Deletes a log. A new life without messages takes its place, with the epoch and the head of the
 * deleted one in the field `deleted`, for those that have not heard of the deletion.
 *
 * Arguments after the common ones: the epoch and the offset of the message that must be the newest,
 * or an empty epoch and 0.
 *
 * Returns the epoch of the new life, and the number of processes on this server that have heard of
 * the deletion; or nothing where there was nothing to delete.
 */
export const deleteLog = script(`${readState}${renewState}
if not epoch or (head == 0 and not ended) then return false end
if ARGV[7] ~= '' and (ARGV[7] ~= epoch or tonumber(ARGV[8]) ~= head) then return false end
local heard, deleted = 1, epoch .. '.' .. digits(head)
if epoch == ARGV[2] then
  -- The server has lost the log before, and this is the life that has just begun.
  redis.call('HDEL', log, 'ended')
else
  heard, ended = publish('deleted'), false
  beginLife()
  redis.call('HSET', log, 'deleted', deleted)
end
keepLog()
${expireTrace}
return { epoch, heard }
`);
